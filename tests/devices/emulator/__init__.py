"""Emulated network devices: their command lines over ssh, their configuration, and how they take changes back."""

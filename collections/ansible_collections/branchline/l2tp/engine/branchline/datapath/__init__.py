"""Where packets of open sessions go: one interface, one file for each real data path."""

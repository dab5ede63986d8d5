# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many devices at once over their command lines: sessions, transactions, and what to report of each."""

"""Which version serves, and how that changes: proposal, promotion, rollback, and the ledger that says so."""

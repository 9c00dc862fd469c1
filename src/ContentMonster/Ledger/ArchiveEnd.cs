namespace ContentMonster.Ledger;

internal enum ArchiveEnd { Moved, Deleted, Kept }

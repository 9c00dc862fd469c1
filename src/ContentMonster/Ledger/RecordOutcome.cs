namespace ContentMonster.Ledger;

internal enum RecordOutcome { Known, New, Superseding }

namespace ContentMonster.Ledger;

/// <summary>Work that waits for the writer, and the task of the caller who waits for the work.</summary>
internal abstract class WriteOperation(string name, CancellationToken cancellationToken)
{
    /// <summary>The ledger's method that asked for it.</summary>
    public string Name => name;

    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    /// <summary>Set when the work itself threw: it was undone, and the others of its group go on.</summary>
    public Exception? OwnFault { get; set; }

    public abstract void Run(LedgerConnection connection);

    /// <summary>After the commit.</summary>
    public abstract void Complete();

    public abstract void Fault(Exception fault);
}

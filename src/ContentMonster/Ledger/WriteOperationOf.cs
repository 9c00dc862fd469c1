namespace ContentMonster.Ledger;

/// <inheritdoc/>
internal sealed class WriteOperationOf<T>(string name, Func<LedgerConnection, T> work, CancellationToken cancellationToken) : WriteOperation(name, cancellationToken)
{
    private readonly CancellationToken _cancellationToken = cancellationToken;
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private bool _hasRun;

    public Task<T> Task => _done.Task;

    public override void Run(LedgerConnection connection)
    {
        _result = work(connection);
        _hasRun = true;
    }

    public override void Complete()
    {
        if (OwnFault is not null)
        {
            _done.TrySetException(OwnFault);
        }
        else if (_hasRun)
        {
            _done.TrySetResult(_result!);
        }
        else
        {
            _done.TrySetCanceled(_cancellationToken);
        }
    }

    public override void Fault(Exception fault) => _done.TrySetException(OwnFault ?? fault);
}

using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace ContentMonster.Ledger;

/// <summary>Reads of the daemon, beside the writer: each sees one committed state of the ledger, whatever is written meanwhile.</summary>
internal sealed class LedgerReads(string path, Func<LedgerConnection> open) : IDisposable
{
    private const int ConnectionLimit = 3;

    private readonly SemaphoreSlim _free = new(ConnectionLimit);
    private readonly ConcurrentBag<LedgerConnection> _idle = [];
    private volatile bool _closed;

    public async Task<T> ReadAsync<T>(Func<LedgerConnection, T> work, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);

            // The disk may make one wait: not on the thread of a caller who has lanes to serve.
            return await Task.Run(() => Read(work), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out LedgerConnection? connection))
        {
            connection.Dispose();
        }
    }

    private T Read<T>(Func<LedgerConnection, T> work)
    {
        LedgerConnection? connection = null;
        try
        {
            connection = _idle.TryTake(out LedgerConnection? idle) ? idle : open();
            connection.Execute("begin");
            T result = work(connection);
            connection.Execute("commit");
            Return(connection);
            connection = null;
            return result;
        }
        catch (SqliteException fault)
        {
            throw LedgerFault.From("read", path, fault);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private void Return(LedgerConnection connection)
    {
        _idle.Add(connection);
        if (_closed)
        {
            Dispose();
        }
    }
}

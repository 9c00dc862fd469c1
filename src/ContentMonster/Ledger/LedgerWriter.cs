using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ContentMonster.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Ledger;

// Implementation notes
//
// Group commit. What waits when the writer is free shares one transaction and one commit, that is one fsync. While the disk works on that fsync the
// next group gathers. A caller's task completes after the commit, never before.
//
// What fails. Work that throws faults its own caller alone. Savepoints cost a copy of each page that is changed, and hardly any work ever throws: so the
// group is first done without, and only where one of it threw it is undone and done again with a savepoint each. Work is therefore a function of the
// ledger alone, that may be called twice. When SQLite has ended the transaction itself
// (disk full, input/output error: https://www.sqlite.org/lang_transaction.html) or the commit fails, nothing of the group is booked and all of it is
// faulted; the connection is then opened anew, so that no half-known state of it is carried on.

/// <summary>The only one who writes into the ledger.</summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private const int QueueLimit = 4096;
    private const int GroupLimit = 1024;

    private readonly string _path;
    private readonly LedgerGuard _guard;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<WriteOperation> _queue =
        Channel.CreateBounded<WriteOperation>(new BoundedChannelOptions(QueueLimit) { SingleReader = true });

    private readonly Task _loop;

    // Only the loop touches these, and whoever disposes after the loop has ended.
    private LedgerConnection? _connection;
    private long _commits;
    private long _begunAt; // the group under way; 0: none is. Written by the loop alone.

    public LedgerWriter(string path, LedgerConnection connection, LedgerGuard guard, TimeProvider time, ILogger log)
    {
        _time = time;
        _path = path;
        _guard = guard;
        _connection = connection;
        _log = log;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Transactions committed so far.</summary>
    public long Commits => Interlocked.Read(ref _commits);

    /// <summary>How long the group under way has taken; zero: none is.</summary>
    public TimeSpan WritesFor => Interlocked.Read(ref _begunAt) is var begun and not 0 ? _time.GetElapsedTime(begun) : TimeSpan.Zero;

    /// <summary>Queues the work; what it did is on disk when the task completes.</summary>
    public async Task<T> WriteAsync<T>(Func<LedgerConnection, T> work, CancellationToken cancellationToken, [CallerMemberName] string name = "")
    {
        var operation = new WriteOperationOf<T>(name, work, cancellationToken);
        try
        {
            await _queue.Writer.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(LedgerWriter), $"Could not write into the ledger {_path}, because it is closed.");
        }

        return await operation.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
        if (_guard.LostContent)
        {
            Save();
        }

        _connection?.Dispose();
        _connection = null;
    }

    private async Task RunAsync()
    {
        var group = new List<WriteOperation>(GroupLimit);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            group.Clear();
            while (group.Count < GroupLimit && _queue.Reader.TryRead(out WriteOperation? operation))
            {
                group.Add(operation);
            }

            Interlocked.Exchange(ref _begunAt, _time.GetTimestamp());
            Exception? fault = Commit(group);
            Interlocked.Exchange(ref _begunAt, 0);
            foreach (WriteOperation operation in group)
            {
                if (fault is null)
                {
                    operation.Complete();
                }
                else
                {
                    operation.Fault(fault);
                }
            }
        }
    }

    // It may be nowhere but in what this connection has open: as it is closed SQLite brings nothing into a file that was moved, nor into one that others read.
    private void Save()
    {
        string copy = Enumerable.Range(1, int.MaxValue).Select(number => $"{_path}.saved-{number}").First(static path => !File.Exists(path));
        string half = _path + ".saving";
        try
        {
            if (_connection is { } held)
            {
                LedgerFile.MakeFolder(Path.GetDirectoryName(copy)!);
                RemoveHalf(half);

                // VACUUM INTO takes an empty file, too; and does not make it durable.
                new FileStream(half, LedgerFile.PrivateFile(FileMode.CreateNew, FileAccess.Write)).Dispose();
                held.Execute("vacuum into ?", half);
                LedgerFile.Finish(half, copy);
                _log.Saved(_path, copy);
            }
            else
            {
                _log.NotSaved(_path, copy, "it was closed after a failure");
            }
        }
        catch (Exception trouble) when (trouble is SqliteException or IOException or UnauthorizedAccessException)
        {
            _log.NotSaved(_path, copy, trouble.Message);
            RemoveHalf(half);
        }

        if (_guard.LostLedger)
        {
            _guard.RemoveBeside();
        }
    }

    // With the journal that a killed daemon has left beside it.
    private static void RemoveHalf(string half)
    {
        foreach (string file in new[] { half, half + "-journal" }.Where(File.Exists))
        {
            File.Delete(file);
        }
    }

    private LedgerConnection OpenAnew()
    {
        _guard.ThrowIfDisplaced();
        return LedgerConnection.OpenWriter(_path);
    }

    /// <summary>Returns why nothing was committed, or null.</summary>
    private Exception? Commit(List<WriteOperation> group)
    {
        try
        {
            bool isNew = _connection is null;
            _connection ??= OpenAnew();
            _connection.Execute("begin immediate");
            List<WriteOperation> wanted = group.FindAll(static one => !one.IsCancelled);
            if (!TryRunAll(_connection, wanted))
            {
                _connection.Execute("rollback");
                _connection.Execute("begin immediate");
                wanted.ForEach(one => RunOne(_connection, one));
            }

            group.ForEach(static operation => KillPoint.Pass("before", operation.Name));
            _connection.Execute("commit");
            group.ForEach(static operation => KillPoint.Pass("after", operation.Name));
            if (isNew)
            {
                _guard.Hold();
            }

            Interlocked.Increment(ref _commits);
            return null;
        }
        catch (Exception fault)
        {
            Exception why = fault is SqliteException refused ? LedgerFault.From("write into", _path, refused) : fault;
            if (why is LedgerException or IOException or UnauthorizedAccessException)
            {
                _log.GroupNotWritten(group.Count, why.Message);
            }
            else
            {
                _log.GroupFailed(why, group.Count);
            }

            BeginAnew();
            return why;
        }
    }

    /// <summary>False: one of them threw, and nothing of the group may stay.</summary>
    private static bool TryRunAll(LedgerConnection connection, List<WriteOperation> group)
    {
        try
        {
            group.ForEach(one => one.Run(connection));
            return true;
        }
        catch (Exception) when (connection.InTransaction)
        {
            return false;
        }
    }

    private void RunOne(LedgerConnection connection, WriteOperation operation)
    {
        connection.Execute("savepoint operation");
        try
        {
            operation.Run(connection);
        }
        catch (Exception own) when (connection.InTransaction)
        {
            operation.OwnFault = own is SqliteException fault && (LedgerFault.IsSurroundings(fault) || LedgerFault.IsDamage(fault))
                ? LedgerFault.From("write into", _path, fault)
                : own;
            connection.Execute("rollback to operation");
        }

        connection.Execute("release operation");
    }

    private void BeginAnew()
    {
        bool isLost = _guard.LostContent;
        try
        {
            if (isLost)
            {
                // What this connection has is to be saved.
                if (_connection is { InTransaction: true } held)
                {
                    held.Execute("rollback");
                }

                return;
            }

            _guard.LetGo();
            _connection?.Dispose();
        }
        catch (SqliteException)
        {
            // Closing rolls back; that this failed, too, adds nothing to what the callers are told.
        }

        _connection = isLost ? _connection : null;
    }
}

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Ledger;

// Implementation notes
//
// Where things are. This class says which work is a write and which a read; the work itself, with its SQL, stands in the classes named after it
// (Recording, Sending, Archiving, ...). Sums, and a version's count of missing deliveries, are changed in the same transaction as what they count (Sums).
//
// The clock. Retry times are times of the wall clock, since they outlive the process. When it is seen to have been put back, what had stepped
// back is due at once: a file tried too early is cheap, one that waits a day is not.

/// <summary>The ledger in a SQLite file.</summary>
internal sealed partial class SqliteLedger : ILedger
{
    private static readonly TimeSpan ToleratedClockJump = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly RandomNumberGenerator _random;
    private readonly ILogger _log;
    private readonly DaemonLock _lock;
    private readonly LedgerGuard _guard;
    private readonly LedgerWriter _writer;
    private readonly LedgerReads _reads;

    // The latest time seen, in UTC ticks; any task moves it on by compare and swap.
    private long _latest;

    private SqliteLedger(string path, TimeProvider time, RandomNumberGenerator random, ILogger log, DaemonLock taken, LedgerConnection connection, string shoreId)
    {
        (_time, _random, _log, _lock, ShoreId) = (time, random, log, taken, shoreId);
        _latest = time.GetUtcNow().UtcTicks;
        _guard = new LedgerGuard(path);
        _writer = new LedgerWriter(path, connection, _guard, time, log);
        _reads = new LedgerReads(path, () =>
        {
            _guard.ThrowIfDisplaced();
            return LedgerConnection.OpenReader(path);
        });
    }

    public string ShoreId { get; }

    /// <summary>Transactions committed since it was opened.</summary>
    public long Commits => _writer.Commits;

    public TimeSpan WritesFor => _writer.WritesFor;

    /// <exception cref="LedgerDisplacedException">Its file, or one beside it, was removed or replaced. To be asked now and then.</exception>
    public void ThrowIfDisplaced() => _guard.ThrowIfDisplaced();

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Opens the ledger for the one daemon that may write into it; makes it where there is none.</summary>
    public static async Task<SqliteLedger> OpenAsync(
        string path, TimeProvider time, RandomNumberGenerator random, ILogger log, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        return await Task.Run(() => Open(path, time, random, log), cancellationToken).ConfigureAwait(false);
    }

    public async Task CloseCleanlyAsync(CancellationToken cancellationToken) =>
        await _writer.WriteAsync(static connection => connection.Execute("update shore set stopped_clean = 1"), cancellationToken).ConfigureAwait(false);

    /// <summary>Notes that it was closed cleanly, and closes it; without that note where it failed itself: then it is looked at before it is used again.</summary>
    /// <param name="failure">Why it is closed; null: its work is done.</param>
    /// <exception cref="LedgerException">The note could not be written; it is closed all the same. Not beside a <paramref name="failure"/>, which matters more: the writer has told of it.</exception>
    public async Task CloseAsync(Exception? failure)
    {
        await using (this.ConfigureAwait(false))
        {
            if (failure is (not LedgerException) or LedgerRefusedException)
            {
                try
                {
                    await CloseCleanlyAsync(CancellationToken.None).ConfigureAwait(false);
                }
                catch (LedgerException) when (failure is not null)
                {
                    // It is looked at before it is used again, which is all that comes of it.
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The writer is the last to close: the last connection empties the write-ahead log into the file and removes it.
        _reads.Dispose();
        await _writer.DisposeAsync().ConfigureAwait(false);
        _lock.Dispose();
    }

    private static SqliteLedger Open(string path, TimeProvider time, RandomNumberGenerator random, ILogger log)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new LedgerRefusedException($"Could not open the ledger {path}, because its folder does not exist. Make it, or give Database another file.");
        }

        LedgerFile.RefuseForeign(path);
        if (!File.Exists(DaemonLock.PathOf(path)))
        {
            // Beside a stranger's file nothing is made. Where the lock is there a daemon may have the ledger open: it is looked at behind the lock.
            LedgerHeader.RefuseForeign(path);
        }

        DaemonLock taken = DaemonLock.Take(path);
        try
        {
            (LedgerConnection connection, string shoreId) = LedgerOpening.Open(path, random, time.GetUtcNow(), log);
            return new SqliteLedger(path, time, random, log, taken, connection, shoreId);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    private Task<bool> WriteAsync(Action<LedgerConnection> work, CancellationToken cancellationToken, [CallerMemberName] string name = "") => _writer.WriteAsync(
        connection =>
        {
            work(connection);
            return true;
        },
        cancellationToken,
        name);

    private string NewToken() => LedgerOpening.Token(_random);
}

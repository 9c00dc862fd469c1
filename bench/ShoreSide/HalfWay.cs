using System.Security.Cryptography;
using ContentMonster.Archiving;
using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContentMonster.Bench;

/// <summary>A file's way but for the vessel: scanned and recorded, queued, booked as if it had been sent, archived.</summary>
internal sealed class HalfWay(string folder, int files, int size, int batch)
{
    private const int FilesADirectory = 1000;
    private readonly Lap _lap = new();
    private readonly string _shore = Path.Combine(folder, "shore");

    public async Task<Lap> RunAsync(CancellationToken cancellationToken)
    {
        MakeFiles();
        SqliteLedger ledger = await SqliteLedger.OpenAsync(Path.Combine(folder, "ledger.sqlite3"), TimeProvider.System, RandomNumberGenerator.Create(), NullLogger.Instance, cancellationToken);
        await using (ledger)
        {
            await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v1"])], ["v1"], cancellationToken);
            await ScanAsync(ledger, cancellationToken);
            await DeliverAsync(ledger, cancellationToken);
            await ArchiveAsync(ledger, cancellationToken);
        }

        return _lap;
    }

    private DirectorySettings Settings() => new() { Name = "in", Location = _shore, RemoteLocation = "in", SettleTime = TimeSpan.Zero };

    private void MakeFiles()
    {
        byte[] content = RandomNumberGenerator.GetBytes(size);
        for (int number = 0; number < files; number++)
        {
            string directory = Path.Combine(_shore, $"directory-{number / FilesADirectory}");
            if (number % FilesADirectory == 0)
            {
                Directory.CreateDirectory(directory);
            }

            File.WriteAllBytes(Path.Combine(directory, $"file-{number}.dat"), content);
        }
    }

    private async Task ScanAsync(SqliteLedger ledger, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        foreach (string part in new[] { "scan, first", "scan, all known" })
        {
            var watch = new DirectoryWatch(Settings(), 10 << 20, true, ledger, _ => true, _ => true, TimeProvider.System, NullLogger.Instance, () => { });
            _lap.Begin();
            Task running = watch.RunAsync(stop.Token);
            await watch.WaitQuietAsync(cancellationToken);
            _lap.End(part);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (part != "scan, first")
            {
                await stop.CancelAsync();
                await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private async Task DeliverAsync(SqliteLedger ledger, CancellationToken cancellationToken)
    {
        // As a visit does it: what was taken stays active for a while.
        var active = new HashSet<long>();
        var under = new Queue<IReadOnlyList<Delivery>>();
        while (true)
        {
            _lap.Begin();
            IReadOnlyList<Delivery> next = await ledger.QueueAsync("v1", batch, active, big: false, cancellationToken);
            _lap.End("queue");
            active.UnionWith(next.Select(one => one.Version.Id));
            under.Enqueue(next);
            if (under.Count < 4 && next.Count > 0)
            {
                continue;
            }

            IReadOnlyList<Delivery> done = under.Dequeue();
            if (done.Count == 0)
            {
                return;
            }

            long[] ids = [.. done.Select(one => one.Version.Id)];
            _lap.Begin();
            await ledger.StartAsync("v1", [.. done.Select(one => (one.Version.Id, BytePath.FromText(".part." + one.Version.Token)))], cancellationToken);
            _lap.End("start");
            await ledger.PublishingAsync("v1", ids, cancellationToken);
            _lap.End("publishing");
            await ledger.PublishedAsync([.. ids.Select(id => new PublishedDelivery(id, "v1", VerifiedBy.RemoteHash, Durable: true, BytesSent: size))], cancellationToken);
            _lap.End("published");
            active.ExceptWith(ids);
        }
    }

    private async Task ArchiveAsync(SqliteLedger ledger, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var archiver = new Archiver(Settings(), ledger, TimeProvider.System, NullLogger.Instance);
        _lap.Begin();
        Task running = archiver.RunAsync(stop.Token);
        while ((await ledger.TotalsAsync(cancellationToken)).FilesArchived < files)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }

        _lap.End("archive");
        while (!archiver.IsQuiet)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }

        _lap.End("quiet after it");
        await stop.CancelAsync();
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}

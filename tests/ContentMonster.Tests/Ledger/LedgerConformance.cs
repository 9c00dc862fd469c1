using System.Text;
using ContentMonster.Ledger;
using ContentMonster.Model;

namespace ContentMonster.Tests.Ledger;

/// <summary>What every ledger must do: shared ground for the suites named LedgerConformance*.</summary>
public abstract class LedgerConformance : IAsyncLifetime
{
    private const long ChunkSize = 100;

    private protected static readonly DirectoryRow[] Both = [new("in", 0, ["v1", "v2"])];
    private protected static readonly IReadOnlySet<long> None = new HashSet<long>();

    private protected ILedger Ledger { get; private set; } = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract HandClock Clock { get; }

    private protected abstract Task<ILedger> OpenAsync();

    public async ValueTask InitializeAsync() => Ledger = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task ReopenAsync()
    {
        await Ledger.CloseCleanlyAsync(Token);
        await Ledger.DisposeAsync();
        Ledger = await OpenAsync();
    }

    private protected Task<Declaration> DeclareAsync(params DirectoryRow[] directories) => DeclareAsync(["v1", "v2"], directories);

    private protected Task<Declaration> DeclareAsync(string[] vessels, params DirectoryRow[] directories) =>
        Ledger.DeclareAsync([.. directories.Select(d => new DeclaredDirectory(d.Name, d.Priority, d.Takers))], vessels, Token);

    private protected static BytePath Name(string text) => BytePath.FromText(text);

    private protected static SeenFile Seen(string path, long size = 250, long changed = 1) => new(Name(path), new FileStamp(1, 2, size, 3, changed, 420));

    private protected async Task<RecordOutcome> RecordAsync(SeenFile file, string directory = "in") =>
        (await Ledger.RecordAsync(directory, [file], ChunkSize, Token)).Single();

    private protected async Task<IReadOnlyList<Delivery>> QueueAsync(string vessel = "v1", int count = 100) =>
        [.. (await Ledger.QueueAsync(vessel, count, None, big: false, Token)).Concat(await Ledger.QueueAsync(vessel, count, None, big: true, Token)).OrderByDescending(one => one.Priority).ThenBy(one => one.Version.Id).Take(count)];

    /// <summary>Records a file and returns its version's id.</summary>
    private protected async Task<long> AddAsync(string path, long size = 250, string directory = "in")
    {
        await RecordAsync(Seen(path, size), directory);
        return (await Ledger.MissingAsync(100_000, Token)).Last(file => file.Version.Path == Name(path)).Version.Id;
    }

    private protected Task PublishAsync(string vessel, params long[] ids) => PublishAsync(vessel, VerifiedBy.RemoteHash, ids);

    private protected Task PublishAsync(string vessel, VerifiedBy by, params long[] ids) =>
        Ledger.PublishedAsync([.. ids.Select(id => new PublishedDelivery(id, vessel, by, Durable: true, BytesSent: 7))], Token);

    private protected Task StartAsync(string vessel, long id, string part) => Ledger.StartAsync(vessel, [(id, Name(part))], Token);

    private protected async Task<VesselTotals> TotalsOfAsync(string vessel) => (await Ledger.TotalsAsync(Token)).Vessels.Single(one => one.Vessel == vessel);

    private protected async Task<string[]> LeftBehindAsync(string vessel) => Texts(await Ledger.LeftBehindAsync(vessel, 100, Token));

    private protected async Task<string[]> LitterAsync(string vessel) => Texts(await Ledger.LitterAsync(vessel, 100, Token));

    private protected async Task<long[]> CompleteAsync(string directory = "in") => [.. (await Ledger.CompleteAsync(directory, 0, 100, Token)).Select(version => version.Id)];

    private protected static string[] Texts(IEnumerable<BytePath> paths) => [.. paths.Select(path => Encoding.UTF8.GetString(path.Span))];

    private protected static string[] Texts(IEnumerable<Delivery> queue) => Texts(queue.Select(one => one.Version.Path));

    private protected sealed record DirectoryRow(string Name, int Priority, string[] Takers);
}

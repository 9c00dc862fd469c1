using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class WholeFileTests : IDisposable
{
    private const long Size = 47;
    private const long Second = 1_000_000_000;
    private readonly LedgerRoom _room = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1, false, 0.5)] // whoever removed the unfinished file left the older version where ours should be
    [InlineData(0, false, 1, 1)] // it has not our time: it is somebody else's
    [InlineData(0, false, 1, -1)]
    public async Task Without_proof_a_booked_rename_counts_unless_an_older_version_looks_the_same(int older, bool stands, double secondsBetween = 1, int secondsOff = 0)
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], Token);
        for (int version = 0; version <= older; version++)
        {
            var stamp = new FileStamp(1, 2, Size, (100 * Second) + (long)(version * secondsBetween * Second), version, 420);
            await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("file"), stamp)], 1 << 20, Token);
        }

        Delivery delivery = (await ledger.QueueAsync("v", 1, new HashSet<long>(), big: false, Token)).Single() with { State = DeliveryState.Publishing };
        var progress = new VesselProgress("v", new ManualTime());
        var vessel = new HandVessel<IVesselLane> { Facts = new VesselFacts { Proof = VerifiedBy.Nothing } };
        var tools = new ShipmentTools(vessel, ledger, null!, null!, null!, null!, null!, one => one.Path, progress);
        var whole = new WholeFile(tools, new Shipment(delivery, progress.Begin(delivery.Version)), delivery, null!);
        var there = new RemoteLook(RemoteKind.Regular, Size, null, null, (delivery.Version.Stamp.ModifiedUnixNanoseconds / Second) + secondsOff);
        (await whole.StandsThereAsync(there, Token)).ShouldBe(stands);
    }
}

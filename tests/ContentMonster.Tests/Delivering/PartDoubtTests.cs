using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class PartDoubtTests
{
    private const int Size = Cargo.ChunkSize * 2;

    [Theory]
    [InlineData(Size, true, 0x1A4, 0x180, null)] // wrong bytes
    [InlineData(Size - 1, false, 0x1A4, 0x180, null)] // bytes missing
    [InlineData(Size, false, 0x1A4, 0x180, FailureKind.Refused)] // nobody can read it
    [InlineData(Size, false, 0x080, 0x180, FailureKind.Refused)] // nor here
    [InlineData(Size, false, 0x1A4, 0x080, FailureKind.Refused)] // a server's umask
    [InlineData(Size, false, 0x080, 0x080, FailureKind.PartMissing)] // it has its last mode already
    [InlineData(null, false, 0x1A4, 0x180, FailureKind.PartMissing)]
    [InlineData(Size, false, 0x1A4, 0x180, FailureKind.Refused, 1)]
    [InlineData(Size, false, 0x1A4, 0x180, FailureKind.DataCorrupt, 2)] // perhaps a bad block
    [InlineData(Size, false, 0x1A4, 0x180, FailureKind.Refused, 3)]
    public async Task What_cannot_be_read_is_sent_again_once_at_the_most_and_what_is_wrong_is(int? there, bool hashed, int mode, int modeThere, FailureKind? thrown, int failures = 0)
    {
        var vessel = new HandVessel<IVesselLane> { Look = _ => Task.FromResult(there is int size ? new RemoteLook(RemoteKind.Regular, size, 0, modeThere, 0) : null) };
        FileVersion version = Cargo.Version(1, Size);
        version = version with { Stamp = version.Stamp with { Mode = mode } };
        var progress = new VesselProgress("v", TimeProvider.System);
        var shipment = new Shipment(Cargo.Delivery(version), progress.Begin(version)) { Layout = new PartLayout(BytePath.FromText(".f.part"), PartName.NewId(), null, InPieces: false) };
        Task doubting = new PartDoubt(vessel, shipment, BytePath.FromText("f"), failures).ThrowIfNotReadAsync(1, new RangeHash(hashed ? new byte[32] : null), TestContext.Current.CancellationToken);
        FailureKind? kind = thrown is null ? null : (await Should.ThrowAsync<VesselException>(doubting)).Kind;
        await doubting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        (kind, doubting.IsCompletedSuccessfully).ShouldBe((thrown, thrown is null));
    }
}

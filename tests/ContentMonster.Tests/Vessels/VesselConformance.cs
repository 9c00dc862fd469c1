using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>What every vessel must do, whatever server it is: shared ground for the suites named VesselConformance*.</summary>
public abstract class VesselConformance
{
    private protected const long Modified = 1_700_000_000;
    private readonly VesselRig _rig;

    private protected VesselConformance(VesselRig rig)
    {
        Assert.SkipUnless(rig.Missing is null, rig.Missing ?? "");
        _rig = rig;
        Folder = rig.Root.Join(BytePath.FromText(Guid.NewGuid().ToString("N")));
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected IVessel Vessel => _rig.Vessel;

    private protected IVesselLane Lane => _rig.Lane;

    /// <summary>This test's own; not there yet.</summary>
    private protected BytePath Folder { get; }

    private protected bool CanHash => Vessel.Facts.Proof != VerifiedBy.Nothing;

    private protected BytePath Name(string latin1) => Folder.Join(new BytePath(Encoding.Latin1.GetBytes(latin1)));

    private protected static BytePath PartOf(BytePath destination) => PartName.Sibling(destination, PartName.NewId());

    private protected byte[]? Content(BytePath path) => _rig.Content(path);

    private protected void Put(BytePath path, byte[] content) => _rig.Put(path, content);

    private protected static byte[] Bytes(int count) => RandomNumberGenerator.GetBytes(count);

    private protected static PublishRequest Request(BytePath part, BytePath destination, long size, int mode = 0x1A0) => new(part, destination, size, Modified * 1_000_000_000, mode);

    private protected async Task SendAsync(BytePath file, byte[] content, bool create = true, int at = 0)
    {
        await Lane.SendAsync(file, create, at, new Source(content), 0, content.Length, null, Token);
        await Lane.ReleaseAsync(file, Token);
    }

    /// <summary>A whole unfinished file on the vessel, for this destination.</summary>
    private protected async Task<BytePath> PartAsync(BytePath destination, byte[] content)
    {
        BytePath part = PartOf(destination);
        await SendAsync(part, content);
        return part;
    }

    private protected async Task<PublishOutcome> PublishAsync(PublishRequest request) => (await Vessel.PublishAsync([request], Token)).Single();

    private protected static async Task<FailureKind> KindOfAsync(Task step) => (await Should.ThrowAsync<VesselException>(step)).Kind;

    private protected sealed class Source(byte[] content) : IChunkSource
    {
        public int Read(long offset, Span<byte> buffer)
        {
            ReadOnlySpan<byte> there = content.AsSpan((int)Math.Min(offset, content.Length));
            int count = Math.Min(there.Length, buffer.Length);
            there[..count].CopyTo(buffer);
            return count;
        }
    }
}

using System.Security.Cryptography;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

public sealed class SourceDiskTests
{
    private const int ImageLength = 16 << 20;

    /// <summary>A disk image that loses its end while it is mounted: what lay there is EIO from then on.</summary>
    [Fact]
    public async Task A_source_that_cannot_be_read_in_the_middle_is_named_and_the_others_go_on()
    {
        Assert.SkipUnless(Posix.IsRoot, "Mounting takes root.");
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string location = rig.LocationOf(DeliveryRig.In);
        string image = Path.Combine(rig.Scratch, "image");
        byte[] bad = RandomNumberGenerator.GetBytes(3_500_000);
        await using (FileStream made = File.Create(image))
        {
            made.SetLength(ImageLength);
        }

        Posix.Run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", image);
        Posix.Run("mount", "-o", "loop", image, location);
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(location, "good"), RandomNumberGenerator.GetBytes(200_000), DeliveryRig.Token);
            Posix.Run("sync", "-f", location);
            await File.WriteAllBytesAsync(Path.Combine(location, "bad"), bad, DeliveryRig.Token);
        }
        finally
        {
            Posix.Run("umount", location);
        }

        int middle = (await File.ReadAllBytesAsync(image, DeliveryRig.Token)).AsSpan().IndexOf(bad.AsSpan(2_000_000 / 4096 * 4096, 4096));
        middle.ShouldBeGreaterThan(0);
        Posix.Run("mount", "-o", "loop", image, location);
        try
        {
            string good = rig.Shore.Hash("good");
            await using (FileStream cut = File.OpenWrite(image))
            {
                cut.SetLength(middle);
            }

            await rig.StartAsync();
            await rig.UntilAsync(() => rig.InboxOf("v1").Has("good"), "the good one arrives");
            rig.InboxOf("v1").Hash("good").ShouldBe(good);
            await rig.UntilAsync(async () => await MissingAsync(rig) is { Kind: FailureKind.SourceUnreadable }, "the bad one is named");
            (await MissingAsync(rig))!.LastError!.ShouldContain("Could not read bad in in");
            rig.Shown("v1").LastError.ShouldBeNull("the vessel is not to blame");
            rig.InboxOf("v1").Has("bad").ShouldBeFalse();
            await rig.StopAsync();
        }
        finally
        {
            Posix.Run("umount", "-l", location);
        }
    }

    private static async Task<MissingAt?> MissingAsync(DeliveryRig rig) =>
        (await rig.Engine.MissingAsync(10, DeliveryRig.Token)).SingleOrDefault(file => file.Version.Path == Tree.Name("bad"))?.Missing.Single();
}

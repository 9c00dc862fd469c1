using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

/// <summary>Vessels that are not a plain OpenSSH with a key, and logins that fail.</summary>
public sealed class ServerKindTests
{
    [Theory]
    [InlineData(VerifyPolicy.Auto)]
    [InlineData(VerifyPolicy.Readback)]
    [InlineData(VerifyPolicy.Size)]
    public async Task A_chroot_without_a_shell_is_delivered_to_and_shown_as_unverified_unless_read_back(VerifyPolicy verify)
    {
        Assert.SkipUnless(Posix.IsRoot, "chroot takes root.");
        string jail = $"/run/cm-test-{Guid.NewGuid():N}";
        Directory.CreateDirectory(jail);
        try
        {
            await using DeliveryRig rig = await DeliveryRig.WithAsync();
            await rig.AddVesselAsync("jail", new ThrowawaySshdOptions { SftpProgram = "internal-sftp", ConfigLines = ["ForceCommand internal-sftp", $"ChrootDirectory {jail}"] });
            rig.Change("jail", vessel => vessel with { Verify = verify });
            rig.ChangeDirectory(directory => directory with { RemoteLocation = "/inbox" });
            string big = rig.Put("big", 2_500_000);
            string small = rig.Put("sub/small", 100);
            await rig.StartAsync();
            await rig.UntilArchivedAsync("big", "sub/small");
            var inbox = new Tree(Path.Combine(jail, "inbox"));
            inbox.Files.ShouldBe(["big", "sub/small"]);
            (inbox.Hash("big"), inbox.Hash("sub/small")).ShouldBe((big, small));
            bool verified = verify == VerifyPolicy.Readback;
            (await rig.TotalsOfAsync("jail")).UnverifiedFiles.ShouldBe(verified ? 0 : 2);
            HistoryEntry[] published = [.. (await rig.HistoryAsync()).Where(entry => entry.Event == HistoryEvent.Published)];
            published.Select(entry => entry.Text).ShouldBe(verified ? [null, null] : ["unverified", "unverified"]);
            rig.Said("Published in/big on jail, unverified").ShouldBe(!verified);
            rig.Said("the vessel has no way to show a hash").ShouldBe(verify == VerifyPolicy.Auto);
            rig.Said("as Verify = size asks for").ShouldBe(verify == VerifyPolicy.Size);
        }
        finally
        {
            Directory.Delete(jail, recursive: true);
        }
    }

    [Fact]
    public async Task Dropbear_with_the_OpenSSH_sftp_server_is_a_vessel()
    {
        await using ThrowawayDropbear server = await ThrowawayDropbear.StartAsync();
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        rig.AddVessel(new VesselSettings { Name = "dropbear", Address = "127.0.0.1", Port = server.Port, Username = server.User.Name, IdentityFile = server.ClientKeyFile });
        await DeliveredAsync(rig, new Tree(Path.Combine(server.User.Home, "inbox")));
    }

    [Fact]
    public async Task A_password_is_given_by_askpass_and_is_in_no_log()
    {
        await using ThrowawayUser user = await ThrowawayUser.MakeAsync();
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { ConfigLines = ["PasswordAuthentication yes", "AuthenticationMethods password"] });
        rig.Change("v1", vessel => vessel with { Username = user.Name, Password = new Secret(user.Password), IdentityFile = null });
        await DeliveredAsync(rig, new Tree(Path.Combine(user.Home, "inbox")));
        rig.Log.Lines.ShouldNotContain(line => line.Contains(user.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_encrypted_key_is_opened_with_Passphrase()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1");
        string key = Path.Combine(rig.Scratch, "locked key");
        await ThrowawaySshd.MakeKeyAsync(key, "open sesame", DeliveryRig.Token);
        File.Copy(key + ".pub", rig.Server("v1").AuthorizedKeysFile, overwrite: true);
        rig.Change("v1", vessel => vessel with { IdentityFile = key, Passphrase = new Secret("open sesame") });
        await DeliveredAsync(rig, rig.InboxOf("v1"));
    }

    [Fact]
    public async Task A_changed_host_key_stops_that_vessel_until_somebody_puts_it_right()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        rig.Put("first", 1000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("first");
        await rig.Server("v1").ChangeHostKeyAsync(DeliveryRig.Token);
        string second = rig.Put("second", 2_500_000);
        await rig.UntilAsync(() => rig.Shown("v1").ErrorKind == FailureKind.HostKeyChanged, "v1 is stopped");
        await rig.UntilAsync(() => rig.InboxOf("v2").Has("second"), "v2 has it");
        rig.Shown("v1").LastError!.ShouldContain(rig.KnownHosts);
        rig.Shown("v1").Advice!.ShouldContain("ssh-keygen -R");
        (rig.Shown("v1").NextAttempt!.Value - TimeProvider.System.GetUtcNow()).ShouldBeGreaterThan(TimeSpan.FromMinutes(5));
        rig.Shore.Has("second").ShouldBeTrue();
        rig.InboxOf("v1").Files.ShouldBe(["first"]);

        Posix.Run("ssh-keygen", "-q", "-R", $"[127.0.0.1]:{rig.Server("v1").Port}", "-f", rig.KnownHosts);
        await rig.Engine.RetryAsync("v1", DeliveryRig.Token);
        await rig.UntilArchivedAsync("first", "second");
        rig.InboxOf("v1").Hash("second").ShouldBe(second);
        rig.Shown("v1").ErrorKind.ShouldBeNull();
    }

    [Fact]
    public async Task A_refused_key_is_two_logins_at_first_and_one_at_each_later_attempt_and_no_matter_of_the_other_vessel()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync("v1", "v2");
        string keys = await File.ReadAllTextAsync(rig.Server("v1").AuthorizedKeysFile, DeliveryRig.Token);
        await File.WriteAllTextAsync(rig.Server("v1").AuthorizedKeysFile, "", DeliveryRig.Token);
        string hash = rig.Put("file", 100_000);
        await rig.StartAsync();
        await rig.UntilAsync(() => rig.Shown("v1").ErrorKind == FailureKind.LoginRefused, "v1 is refused");
        await rig.UntilAsync(() => rig.InboxOf("v2").Has("file"), "v2 has it");
        rig.Shore.Has("file").ShouldBeTrue();

        // The first attempt may be lane and shell side by side: until then nothing spoke against the key.
        int first = Logins(rig);
        first.ShouldBeInRange(1, 2);
        for (int later = 1; later <= 3; later++)
        {
            await rig.Engine.RetryAsync("v1", DeliveryRig.Token);
            await rig.UntilAsync(() => rig.Log.Lines.Count(line => line.StartsWith("v1 is tried again", StringComparison.Ordinal)) == later + 1, "v1 is refused again");
            Logins(rig).ShouldBe(first + later);
        }

        await File.WriteAllTextAsync(rig.Server("v1").AuthorizedKeysFile, keys, DeliveryRig.Token);
        await rig.Engine.RetryAsync("v1", DeliveryRig.Token);
        await rig.UntilArchivedAsync("file");
        rig.InboxOf("v1").Hash("file").ShouldBe(hash);
    }

    private static int Logins(DeliveryRig rig) => rig.Server("v1").ReadLog().Split("Connection from 127.0.0.1").Length - 1;

    private static async Task DeliveredAsync(DeliveryRig rig, Tree inbox)
    {
        string big = rig.Put("big", 2_500_000);
        string small = rig.Put("sub/small", 100);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("big", "sub/small");
        inbox.Files.ShouldBe(["big", "sub/small"]);
        (inbox.Hash("big"), inbox.Hash("sub/small")).ShouldBe((big, small));
        rig.Log.Lines.ShouldNotContain(line => line.Contains("unverified", StringComparison.Ordinal));
    }
}

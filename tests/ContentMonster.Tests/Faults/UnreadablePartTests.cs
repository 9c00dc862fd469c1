using ContentMonster.Daemon.Demo;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

public sealed class UnreadablePartTests
{
    /// <summary>As where the shell may not read what SFTP writes, or sees another directory of that name.</summary>
    [Fact]
    public async Task A_file_of_which_no_hash_is_to_be_had_is_not_sent_again_and_the_reason_is_told()
    {
        await using DeliveryRig rig = await DeliveryRig.WithAsync();
        string home = Directory.CreateDirectory(rig.HomeOf("v1")).FullName;
        string bin = Directory.CreateDirectory(Path.Combine(rig.Scratch, "bin")).FullName;
        string gate = Path.Combine(rig.Scratch, "gate");
        File.WriteAllText(Path.Combine(bin, "grep"), "#!/bin/sh\nexit 1\n"); // chunk by chunk
        File.WriteAllText(Path.Combine(bin, "openssl"), $"#!/bin/sh\n[ -e '{gate}' ] && exit 1\nexec /usr/bin/openssl \"$@\"\n");
        Posix.Run("chmod", "755", Path.Combine(bin, "openssl"), Path.Combine(bin, "grep"));
        await rig.AddVesselAsync("v1", new ThrowawaySshdOptions { ConfigLines = [$"ForceCommand cd '{home}' && HOME='{home}' PATH='{bin}':\"$PATH\" exec sh -c \"$SSH_ORIGINAL_COMMAND\""] });
        await using var proxy = new CountingProxy(rig.Server("v1").Port);
        rig.Change("v1", vessel => vessel with { Port = proxy.Port });
        rig.Put("before", 1000);
        await rig.StartAsync();
        await rig.UntilArchivedAsync("before");
        File.WriteAllText(gate, "");
        string hash = rig.Put("after", 1_500_000);
        await rig.UntilSaidAsync("Could not verify chunk", "there is no hash of", "though that is there");
        proxy.Sent.ShouldBeLessThan(1_800_000);
        File.Delete(gate);
        await rig.RetryAsync();
        await rig.UntilArchivedAsync("after", "before");
        rig.InboxOf("v1").Hash("after").ShouldBe(hash);
        proxy.Sent.ShouldBeLessThan(1_800_000);
    }
}

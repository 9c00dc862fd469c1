using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

public sealed class LoginFilesTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("true", false)]
    [InlineData("echo x >> key", true)]
    [InlineData("ln -sfn between link", true)]
    public async Task Behind_a_link_it_is_what_the_link_leads_to_that_counts(string change, bool newer)
    {
        In("touch key; ln -s key between; ln -s between link; touch -h -d 2020-03-04 link between");
        DateTimeOffset refused = await MomentAsync();
        In(change);
        LoginFiles.AnyNewerThan(refused, new Settings { Path = _scratch["none"] }, new VesselSettings { Name = "v", Address = "h", IdentityFile = _scratch["link"] }, null).ShouldBe(newer);
    }

    [Theory]
    [InlineData("nothing", false)]
    [InlineData("settings", true)]
    [InlineData("password", true)]
    [InlineData("key", true)]
    [InlineData("cert", true)]
    [InlineData("hosts", true)]
    public async Task A_change_of_any_of_them_after_the_refusal_counts(string changed, bool newer)
    {
        In("touch settings password key cert hosts");
        DateTimeOffset refused = await MomentAsync();
        File.WriteAllText(_scratch[changed], "");
        var settings = new Settings { Path = _scratch["settings"] };
        var vessel = new VesselSettings { Name = "v", Address = "h", PasswordFile = _scratch["password"], IdentityFile = _scratch["key"], SshOptions = [$"CertificateFile={_scratch["cert"]}"] };
        LoginFiles.AnyNewerThan(refused, settings, vessel, _scratch["hosts"]).ShouldBe(newer);
        LoginFiles.AnyNewerThan(refused, settings, vessel with { PasswordFile = null, IdentityFile = _scratch["none"], SshOptions = [] }, null).ShouldBe(changed == "settings");
    }

    [Theory]
    [InlineData("mv kept key")]
    [InlineData("cp -p kept key")]
    [InlineData("rm key; cp -p kept key")]
    [InlineData("mv keptlink key")]
    [InlineData("chmod 600 key")]
    public async Task What_is_put_back_with_its_old_time_or_made_readable_counts(string change)
    {
        In("touch -d 2020-03-04 key kept; ln -s kept keptlink; touch -h -d 2020-03-04 keptlink");
        var settings = new Settings { Path = _scratch["none"] };
        var vessel = new VesselSettings { Name = "v", Address = "h", IdentityFile = _scratch["key"] };
        DateTimeOffset refused = await MomentAsync();
        LoginFiles.AnyNewerThan(refused, settings, vessel, null).ShouldBeFalse();
        In(change);
        LoginFiles.AnyNewerThan(refused, settings, vessel, null).ShouldBeTrue();
    }

    // The kernel's own times go in steps of some milliseconds.
    private static async Task<DateTimeOffset> MomentAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        DateTimeOffset moment = TimeProvider.System.GetUtcNow();
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        return moment;
    }

    private void In(string commands) => Posix.Run("sh", "-ec", $"cd '{_scratch.Path}'; {commands}");
}

using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Hosting;

public sealed class LoginFilesTests : IDisposable
{
    private static readonly DateTimeOffset Refused = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    public void Behind_a_link_it_is_what_the_link_leads_to_that_counts(int seconds, bool newer)
    {
        File.WriteAllText(_scratch["key"], "");
        File.CreateSymbolicLink(_scratch["between"], _scratch["key"]);
        File.CreateSymbolicLink(_scratch["link"], _scratch["between"]);
        File.SetLastWriteTimeUtc(_scratch["key"], Refused.AddSeconds(seconds).UtcDateTime);
        Posix.Run("touch", "-h", "-d", "2026-03-04T00:00:00Z", _scratch["link"]);
        var settings = new Settings { Path = _scratch["none"] };
        LoginFiles.AnyNewerThan(Refused, settings, new VesselSettings { Name = "v", Address = "h", IdentityFile = _scratch["link"] }, null).ShouldBe(newer);
    }

    [Theory]
    [InlineData("nothing", false)]
    [InlineData("settings", true)]
    [InlineData("password", true)]
    [InlineData("key", true)]
    [InlineData("hosts", true)]
    public void A_change_of_any_of_them_after_the_refusal_counts(string changed, bool newer)
    {
        foreach (string name in (string[])["settings", "password", "key", "hosts"])
        {
            File.WriteAllText(_scratch[name], "");
            File.SetLastWriteTimeUtc(_scratch[name], (name == changed ? Refused.AddSeconds(1) : Refused.AddSeconds(-1)).UtcDateTime);
        }

        var settings = new Settings { Path = _scratch["settings"] };
        var vessel = new VesselSettings { Name = "v", Address = "h", PasswordFile = _scratch["password"], IdentityFile = _scratch["key"] };
        LoginFiles.AnyNewerThan(Refused, settings, vessel, _scratch["hosts"]).ShouldBe(newer);
        LoginFiles.AnyNewerThan(Refused, settings, vessel with { PasswordFile = null, IdentityFile = _scratch["none"] }, null).ShouldBe(changed == "settings");
    }
}

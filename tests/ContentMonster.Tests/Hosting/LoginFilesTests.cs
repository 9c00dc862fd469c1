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

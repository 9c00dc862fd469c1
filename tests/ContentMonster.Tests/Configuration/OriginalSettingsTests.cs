using ContentMonster.Configuration;

namespace ContentMonster.Tests.Configuration;

/// <summary>Settings as the Python program's own documents give them: same keys and values, comments in other words.</summary>
public sealed class OriginalSettingsTests
{
    private const string Documented = """
        [MONSTER]
        ChunkSize = 10485760  # Bytes in a piece (10 MiB unless given)

        [Directory sampledir]  # A name of its own: "sampledir"
        Location = /home/user/replication  # Needed: where the directory lies

        [Vessel samplevessel]  # A name of its own: "samplevessel"
        Address = example.com  # Needed: name or IP address
        TempDir = /tmp/.ContentMonster  # For chunks under way (this is the default) - must be writable
        Username = replication  # Who logs in (default: who runs the program)
        Password = verysecret  # What to log in with (default: none, a key)
        Passphrase = moresecret  # What opens the key (default: none, it is open)
        Port = 22  # Where its server listens (default: 22)
        IgnoreDirs = sampledir, anotherdir  # What *not* to send there, by commas
        """;

    [Fact]
    public void The_documented_file_is_read_with_its_inline_comments()
    {
        Settings settings = Ini.Good(Documented);

        settings.ChunkSizeInBytes.ShouldBe(10485760);
        settings.Directories.Single().ShouldSatisfyAllConditions(
            directory => directory.Name.ShouldBe("sampledir"),
            directory => directory.Location.ShouldBe("/home/user/replication"),
            directory => directory.RemoteLocation.ShouldBe("/home/user/replication"));
        settings.Vessels.Single().ShouldSatisfyAllConditions(
            vessel => vessel.Name.ShouldBe("samplevessel"),
            vessel => vessel.Address.ShouldBe("example.com"),
            vessel => vessel.TempDir.ShouldBe("/tmp/.ContentMonster"),
            vessel => vessel.Username.ShouldBe("replication"),
            vessel => vessel.Password!.Reveal().ShouldBe("verysecret"),
            vessel => vessel.Passphrase!.Reveal().ShouldBe("moresecret"),
            vessel => vessel.Port.ShouldBe(22),
            vessel => vessel.IgnoreDirs.ShouldBe(["sampledir", "anotherdir"]));
    }

    [Fact]
    public void What_is_doubtful_in_the_documented_file_is_said_once_each()
    {
        IReadOnlyList<SettingsProblem> warnings = Ini.Parse(Documented).Warnings;

        warnings.Select(warning => warning.Key).ShouldBe([null, "IgnoreDirs", "Password", "Passphrase"], ignoreOrder: true);
        warnings.ShouldContain(warning => warning.Key == "IgnoreDirs" && warning.Message.Contains("anotherdir"));
        warnings.ShouldContain(warning => warning.Section == "Directory sampledir" && warning.Message.Contains("Every vessel ignores"));
    }

    [Fact]
    public void The_example_file_is_read_without_a_warning()
    {
        SettingsResult result = Ini.Parse("""
            [MONSTER]
            Database = database.sqlite3
            ChunkSize = 10485760

            [Directory sampledir]
            Location = /home/user/replication

            [Vessel samplevessel]
            Address = example.com
            """);

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
        result.Settings!.Database.ShouldBe("/etc/contentmonster/database.sqlite3");
        result.Settings.Path.ShouldBe(Ini.Path);
        result.Settings.TakersOf(result.Settings.Directories[0]).Single().Name.ShouldBe("samplevessel");
    }

    [Fact]
    public void Names_with_blanks_are_whole_names()
    {
        Settings settings = Ini.Good(Ini.Whole + "[Vessel my one]\nAddress = a\nIgnoreDirs = out\n[Vessel my two]\nAddress = b\n");

        settings.Vessels.Select(vessel => vessel.Name).ShouldBe(["one", "my one", "my two"]);
        settings.TakersOf(settings.Directories[0]).Select(vessel => vessel.Name).ShouldBe(["one", "my two"]);
    }

    [Fact]
    public void Sections_in_lower_case_are_never_ignored()
    {
        SettingsResult result = Ini.Parse("[monster]\nchunksize = 1M\n[DIRECTORY out]\nlocation = /srv/out\n[vessel v1]\nADDRESS = h\n");

        result.Errors.ShouldBeEmpty();
        result.Settings!.Vessels.Single().Name.ShouldBe("v1");
        result.Settings.ChunkSizeInBytes.ShouldBe(1 << 20);
        result.Warnings.Count.ShouldBe(6);
        result.Warnings[4].ToString().ShouldBe("/etc/contentmonster/settings.ini:5: [vessel v1] The section is written \"vessel\" here. It counts; write it \"Vessel\".");
    }
}

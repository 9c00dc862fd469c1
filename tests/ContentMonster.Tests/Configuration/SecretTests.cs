using System.Text;
using ContentMonster.Configuration;
using ContentMonster.Shore;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Configuration;

public sealed class SecretTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Password = plain", "plain", 0)]
    [InlineData("Password = cut  # why", "cut", 1)]
    [InlineData("Password = cut\t\t; why", "cut", 1)]
    [InlineData("Password = kept # too", "kept # too", 1)]
    [InlineData("Password = kept#too", "kept#too", 0)]
    [InlineData("Password = kept  #too", "kept  #too", 0)]
    [InlineData("Password = \"kept  # too\"", "kept  # too", 0)]
    [InlineData("Password = ' a b '  # why", " a b ", 0)]
    [InlineData("Password = \"a\" # b\"", "a\" # b", 0)]
    [InlineData("Password = \"open", "\"open", 1)]
    [InlineData("Password = 50%% and 50%", "50% and 50%", 0)]
    [InlineData("Password = \"50%%\"", "50%%", 0)]
    [InlineData("Password = #first", "#first", 0)]
    [InlineData("Password : a=b:c", "a=b:c", 0)]
    public void A_password_is_taken_as_it_stands(string line, string password, int warnings)
    {
        SettingsResult result = Ini.Parse(Ini.Whole + line);
        result.Errors.ShouldBeEmpty();
        result.Settings!.Vessels.Single().Password!.Reveal().ShouldBe(password);
        result.Warnings.Count.ShouldBe(warnings);
    }

    [Theory]
    [InlineData("Password = hunter2\n  hunter3")]
    [InlineData("Password = hunter2%(x)s")]
    [InlineData("Password = hunter2\u0001")]
    [InlineData("Password = hunter2  # hunter2")]
    [InlineData("Pasword = hunter2")]
    [InlineData("Password = a\nhunter2")]
    [InlineData("Password = hunter2\nPassword = hunter3")]
    [InlineData("Port = 22 hunter\nPassword = \"hunter2")]
    public void No_message_and_no_text_of_the_settings_shows_a_secret(string lines)
    {
        SettingsResult result = Ini.Parse(Ini.Whole + lines);
        string.Join('\n', result.Errors.Concat(result.Warnings)).ShouldNotContain("hunter2");
        (result.Settings?.Vessels.Single().ToString() ?? "").ShouldNotContain("hunter2");
    }

    [Fact]
    public void A_secret_longer_than_ssh_takes_is_refused() =>
        Ini.VesselError("Password = " + new string('x', 1024)).Message.ShouldContain("1023");

    [Fact]
    public void The_first_line_of_PasswordFile_is_the_password()
    {
        Write("secret", "opensesame # and so on\r\nsecond\n", 0x180);
        SettingsResult result = Read("PasswordFile = secret\n", 0x1A4);
        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
        result.Settings!.Vessels.Single().Password!.Reveal().ShouldBe("opensesame # and so on");
    }

    [Fact]
    public void A_PasswordFile_that_never_says_anything_is_an_error_and_no_hang()
    {
        Posix.Run("mkfifo", Path.Combine(_folder, "pipe"));
        Read("PasswordFile = pipe\n", 0x180).Errors.ShouldHaveSingleItem().Message.ShouldContain("nothing came from it");
    }

    [Fact]
    public void A_key_file_or_settings_that_never_say_anything_are_an_error_and_no_hang()
    {
        Posix.Run("mkfifo", Path.Combine(_folder, "pipe"));
        Read("IdentityFile = pipe\n", 0x180).Errors.ShouldHaveSingleItem().Message.ShouldContain("nothing came from it");
        SettingsReader.Read(Path.Combine(_folder, "pipe")).Errors.ShouldHaveSingleItem().Message.ShouldContain("nothing came from it");
    }

    [Theory]
    [InlineData("IdentityFile = /dev/zero", "no regular file")]
    [InlineData("IdentityFile = .", "a directory")]
    [InlineData("KnownHosts = /dev/zero", "no regular file")]
    [InlineData("KnownHosts = /dev/random", "no regular file")]
    [InlineData("KnownHosts = pipe", "nothing came from it")]
    [InlineData("KnownHosts = link", "nothing came from it")]
    [InlineData("IdentityFile = link", "nothing came from it")]
    [InlineData("KnownHosts = .", "a directory")]
    public void A_file_for_ssh_that_has_no_end_or_is_none_is_an_error(string key, string message)
    {
        Posix.Run("mkfifo", Path.Combine(_folder, "pipe"));
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), "pipe");
        SettingsProblem error = Read(key + "\n", 0x180).Errors.ShouldHaveSingleItem();
        error.Key.ShouldBe(key.Split(' ')[0]);
        error.Message.ShouldContain(message);
    }

    [Fact]
    public async Task A_pipe_that_gives_a_key_is_taken_and_an_empty_key_file_is_ssh_s_matter()
    {
        Write("key", "", 0x180);
        Read("IdentityFile = key\n", 0x180).Errors.ShouldBeEmpty();
        string pipe = Path.Combine(_folder, "pipe");
        Posix.Run("mkfifo", pipe);
        Task writer = Task.Run(() => File.WriteAllTextAsync(pipe, "a key, or whatever ssh makes of it"), TestContext.Current.CancellationToken);
        Read("IdentityFile = pipe\n", 0x180).Errors.ShouldBeEmpty();
        await writer;
    }

    [Fact]
    public void One_silent_file_is_waited_for_once()
    {
        Posix.Run("mkfifo", Path.Combine(_folder, "pipe"));
        string vessels = string.Concat(Enumerable.Range(0, 20).Select(at => $"[Vessel v{at}]\nAddress = h{at}\nIdentityFile = pipe\n"));
        long begun = TimeProvider.System.GetTimestamp();
        Read("IdentityFile = pipe\n" + vessels, 0x180).Errors.Count.ShouldBe(21);

        // Each alone is waited for five seconds.
        TimeProvider.System.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromSeconds(50));
    }

    [Fact]
    public void A_credential_of_systemd_is_found_by_its_name_and_trusted_with_its_mode()
    {
        string credentials = Directory.CreateDirectory(Path.Combine(_folder, "credentials")).FullName;
        Write("credentials/secret", "handed", 0x120);
        string settings = Write("settings.ini", Ini.Whole + "PasswordFile = secret\n", 0x1A4);
        SettingsResult result = SettingsReader.Read(settings, new ReadingPlace(_folder, null, credentials));
        result.Warnings.ShouldBeEmpty();
        result.Settings!.Vessels.Single().Password!.Reveal().ShouldBe("handed");
    }

    [Fact]
    public void Password_and_PasswordFile_together_are_an_error()
    {
        Write("secret", "x", 0x180);
        Read("Password = a\nPasswordFile = secret\n", 0x180).Errors.ShouldHaveSingleItem().Message.ShouldContain("both given");
    }

    [Theory]
    [InlineData("missing", null, "does not exist")]
    [InlineData("empty", "\nx", "is empty")]
    [InlineData("long", "{1024}", "longer than")]
    [InlineData("foreign", "\uFFFF!", "not UTF-8")]
    [InlineData(".", null, "Could not read")]
    public void A_PasswordFile_without_a_password_is_an_error(string name, string? content, string message)
    {
        if (content is not null)
        {
            byte[] bytes = content switch { "{1024}" => new string('x', 1024).Select(one => (byte)one).ToArray(), "\uFFFF!" => [0xFF, 0xFE], _ => Encoding.UTF8.GetBytes(content) };
            File.WriteAllBytes(Path.Combine(_folder, name), bytes);
        }

        Read($"PasswordFile = {name}\n", 0x180).Errors.ShouldContain(error => error.Key == "PasswordFile" && error.Line == 5 && error.Message.Contains(message));
    }

    [Theory]
    [InlineData("Password = a\n", 0x1A4, 1)] // 0644
    [InlineData("Passphrase = a\n", 0x1A0, 1)] // 0640, and nobody knows whose group it is
    [InlineData("Password = a\nPassphrase = b\n", 0x1A4, 1)]
    [InlineData("Password = a\n", 0x180, 0)] // 0600
    [InlineData("Port = 22\n", 0x1A4, 0)]
    public void Secrets_that_others_can_read_are_told_and_refused_with_StrictModes(string keys, int mode, int problems)
    {
        SettingsResult lax = Read(keys, mode);
        lax.Errors.ShouldBeEmpty();
        lax.Warnings.Count.ShouldBe(problems);
        Read(keys + "[MONSTER]\nStrictModes = yes\n", mode).Errors.Count.ShouldBe(problems);
    }

    [Fact]
    public void A_PasswordFile_that_others_can_read_is_told_and_refused_with_StrictModes()
    {
        Write("secret", "x", 0x1A4);
        Read("PasswordFile = secret\n", 0x1A4).Warnings.ShouldHaveSingleItem().Message.ShouldContain($"chmod 600 \"{_folder}/secret\"");
        Read("PasswordFile = secret\n[MONSTER]\nStrictModes = yes\n", 0x1A4).Errors.ShouldHaveSingleItem().Key.ShouldBe("PasswordFile");
    }

    [Fact]
    public void A_file_that_only_the_processs_own_group_may_read_is_fine_and_one_for_all_is_not()
    {
        string path = Write("settings.ini", Ini.Whole + "PasswordFile = secret\nPassphrase = a\n[MONSTER]\nStrictModes = yes\n", 0x1A0); // 0640
        Write("secret", "x", 0x1A0);
        var place = new ReadingPlace(_folder, null, null) { IsOfOwnGroup = ShoreAccess.IsOfOwnGroup };
        SettingsReader.Read(path, place).Errors.ShouldBeEmpty();
        Write("secret", "x", 0x1A4);
        SettingsReader.Read(path, place).Errors.ShouldHaveSingleItem().Message.ShouldContain("(chown)");
    }

    [Fact]
    public void A_file_of_another_group_is_open_to_others()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files away.");
        string path = Write("settings.ini", "", 0x1A0);
        ShoreAccess.IsOfOwnGroup(path).ShouldBeTrue();
        Posix.Run("chgrp", "12345", path);
        ShoreAccess.IsOfOwnGroup(path).ShouldBeFalse();
        Posix.Run("chown", "12345", path);
        Posix.Run("chgrp", "0", path);
        ShoreAccess.IsOfOwnGroup(path).ShouldBeFalse();
    }

    [Fact]
    public void Who_needs_no_secret_reads_the_settings_without_it_and_check_is_told_which_vessel_lacks_one()
    {
        string path = Write("settings.ini", Ini.Whole + "PasswordFile = none\n[Vessel two]\nAddress = two.example\nPassword = x\n", 0x1A4);
        SettingsResult without = SettingsReader.Read(path, new ReadingPlace(_folder, null, null) { Secrets = SecretReading.None });
        without.Errors.ShouldBeEmpty();
        without.Warnings.ShouldBeEmpty();
        without.Settings!.Vessels[0].SecretTrouble.ShouldBeNull();
        SettingsResult where = SettingsReader.Read(path, new ReadingPlace(_folder, null, null) { Secrets = SecretReading.WherePossible });
        where.Errors.ShouldBeEmpty();
        where.Settings!.Vessels.Select(vessel => vessel.SecretTrouble is null).ShouldBe([false, true]);
        where.Settings.Vessels[0].SecretTrouble!.ShouldContain("does not exist");
        SettingsReader.Read(path, new ReadingPlace(_folder, null, null)).Errors.ShouldHaveSingleItem().Key.ShouldBe("PasswordFile");
    }

    [Fact]
    public void A_settings_file_that_cannot_be_read_is_an_error_and_no_exception()
    {
        SettingsReader.Read(Path.Combine(_folder, "none.ini")).Errors.ShouldHaveSingleItem().Message.ShouldContain("because it does not exist");
        SettingsReader.Read(_folder).Errors.ShouldHaveSingleItem().Message.ShouldContain("Could not read the settings");
        SettingsReader.Read("/dev/zero").Errors.ShouldHaveSingleItem().Message.ShouldContain("larger than 1 MiB");
    }

    [Fact]
    public void Files_are_relative_to_the_folder_of_the_settings()
    {
        string settings = Write("settings.ini", "[MONSTER]\nDatabase = data/ledger.db\n" + Ini.Whole + "IdentityFile = keys/id\nKnownHosts = ~/hosts\n", 0x180);
        SettingsResult result = SettingsReader.Read(settings, new ReadingPlace(_folder, "/home/me", null));
        result.Settings!.Database.ShouldBe(_folder + "/data/ledger.db");
        result.Settings.Vessels.Single().IdentityFile.ShouldBe(_folder + "/keys/id");
        result.Settings.Vessels.Single().KnownHosts.ShouldBe("/home/me/hosts");
        result.Warnings.ShouldHaveSingleItem().Message.ShouldContain("does not exist");
    }

    private SettingsResult Read(string keys, int mode) =>
        SettingsReader.Read(Write("settings.ini", Ini.Whole + keys, mode), new ReadingPlace(_folder, null, null));

    private string Write(string name, string content, int mode)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Modes are a matter of Unix.");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)mode);
        }

        return path;
    }
}

using ContentMonster.Configuration;

namespace ContentMonster.Tests.Configuration;

public sealed class ValueTests
{
    [Theory]
    [InlineData("10M", 10L << 20)]
    [InlineData("10MiB", 10L << 20)]
    [InlineData("10 mb", 10L << 20)]
    [InlineData("10485760", 10L << 20)]
    [InlineData("64k", 64L << 10)]
    [InlineData("65537", 128L << 10)]
    [InlineData("1.5M", 3L << 19)]
    [InlineData("4G", 4L << 30)]
    [InlineData("1", 64L << 10)]
    public void ChunkSize_takes_units_and_is_rounded_up(string text, long bytes) =>
        Ini.Good($"[MONSTER]\nChunkSize = {text}\n" + Ini.Whole).ChunkSizeInBytes.ShouldBe(bytes);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("5G")]
    [InlineData("10X")]
    [InlineData("ten")]
    [InlineData("1.2.3M")]
    [InlineData("99999999999999999999999999")]
    [InlineData("999999999999999T")]
    [InlineData("1e6")]
    public void ChunkSize_refuses_the_rest(string text) =>
        Ini.Parse($"[MONSTER]\nChunkSize = {text}\n" + Ini.Whole).Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            error => error.Key.ShouldBe("ChunkSize"), error => error.Line.ShouldBe(2), error => error.Message.ShouldContain(text));

    [Theory]
    [InlineData("none", null)]
    [InlineData("500k", 500L << 10)]
    [InlineData("2M", 2L << 20)]
    [InlineData("2MiB/s", 2L << 20)]
    [InlineData("8mbit", 1_000_000L)]
    [InlineData("8Mbit/s", 1_000_000L)]
    [InlineData("512 kbit", 64_000L)]
    [InlineData("1gbit", 125_000_000L)]
    [InlineData("4096", 4096L)]
    public void BandwidthLimit_is_bytes_or_bits_per_second(string text, long? bytes) =>
        Ini.Vessel($"BandwidthLimit = {text}").BandwidthLimit.ShouldBe(bytes);

    [Theory]
    [InlineData("8Mb")]
    [InlineData("0")]
    [InlineData("100")]
    [InlineData("fast")]
    public void BandwidthLimit_refuses_what_may_mean_two_things_or_nothing(string text) =>
        Ini.VesselError($"BandwidthLimit = {text}").Key.ShouldBe("BandwidthLimit");

    [Theory]
    [InlineData("10", 10_000)]
    [InlineData("1500ms", 1_500)]
    [InlineData("30s", 30_000)]
    [InlineData("10m", 600_000)]
    [InlineData("1.5 min", 90_000)]
    public void Timeout_takes_durations(string text, int milliseconds) =>
        Ini.Vessel($"Timeout = {text}").Timeout.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("0")]
    [InlineData("999ms")]
    [InlineData("601s")]
    [InlineData("1h")]
    [InlineData("soon")]
    [InlineData("999999999999999d")]
    public void Timeout_is_a_second_to_ten_minutes(string text) => Ini.VesselError($"Timeout = {text}").Key.ShouldBe("Timeout");

    [Fact]
    public void Retention_is_kept_or_a_duration()
    {
        Ini.Directory("ProcessedRetention = keep").ProcessedRetention.ShouldBeNull();
        Ini.Directory("ProcessedRetention = 7d").ProcessedRetention.ShouldBe(TimeSpan.FromDays(7));
        Ini.Directory("ProcessedRetention = 2h").ProcessedRetention.ShouldBe(TimeSpan.FromHours(2));
        Ini.DirectoryError("Location = /a\nProcessedRetention = 0").Message.ShouldContain("OnComplete = delete");
        Ini.Parse(Ini.Whole.Replace("[Vessel", "OnComplete = keep\nProcessedRetention = 7d\n[Vessel")).Warnings.ShouldHaveSingleItem().Key.ShouldBe("ProcessedRetention");
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("True", true)]
    [InlineData("ON", true)]
    [InlineData("1", true)]
    [InlineData("no", false)]
    [InlineData("false", false)]
    [InlineData("off", false)]
    [InlineData("0", false)]
    public void Yes_and_no_have_four_spellings(string text, bool meaning)
    {
        Ini.Directory($"Recursive = {text}").Recursive.ShouldBe(meaning);
        Ini.Vessel($"Compression = {text}").Compression.ShouldBe(meaning);
    }

    [Fact]
    public void Recursive_is_known_to_be_unset() => Ini.Directory("").Recursive.ShouldBeNull();

    [Fact]
    public void Choices_are_read_in_any_case()
    {
        Ini.Directory("OnComplete = Delete").OnComplete.ShouldBe(OnComplete.Delete);
        VesselSettings vessel = Ini.Vessel("Verify = READBACK\nAssembly = cat\nHostKeyPolicy = strict\nConnections = 64");
        vessel.ShouldSatisfyAllConditions(
            one => one.Verify.ShouldBe(VerifyPolicy.Readback), one => one.Assembly.ShouldBe(AssemblyWay.Cat),
            one => one.HostKeyPolicy.ShouldBe(HostKeyPolicy.Strict), one => one.Connections.ShouldBe(64));
    }

    [Theory]
    [InlineData("Compression = maybe")]
    [InlineData("Port = 0")]
    [InlineData("Port = 65536")]
    [InlineData("Port = 22.0")]
    [InlineData("Connections = x")]
    [InlineData("Connections = 0")]
    [InlineData("Connections = 65")]
    [InlineData("Verify = never")]
    [InlineData("Assembly = dog")]
    [InlineData("HostKeyPolicy = no")]
    public void A_value_out_of_its_range_is_an_error_that_shows_it(string line)
    {
        SettingsProblem error = Ini.VesselError(line);
        error.Key.ShouldBe(line.Split(' ')[0]);
        error.Line.ShouldBe(5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Connections = auto")]
    public void Connections_are_found_out_unless_a_number_is_asked_for(string line)
    {
        SettingsResult result = Ini.Parse(Ini.Whole + line);
        result.Settings!.Vessels.Single().Connections.ShouldBeNull();
        result.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_no_number_of_connections_is_told_with_auto() =>
        Ini.VesselError("Connections = x").Message.ShouldBe("\"x\" is neither auto nor a whole number from 1 to 64.");

    [Theory]
    [InlineData("outbox", "absolute")]
    [InlineData("./outbox", "absolute")]
    [InlineData("~/outbox", "full path")]
    [InlineData("$HOME/outbox", "not replaced")]
    [InlineData("/srv/${USER}/x", "not replaced")]
    [InlineData("/srv/$(id)/x", "not replaced")]
    [InlineData("/srv/`id`", "not replaced")]
    [InlineData("/srv/../etc", "\"..\"")]
    [InlineData("/", "root directory")]
    [InlineData("//", "root directory")]
    public void A_location_that_is_none_is_refused(string location, string message) =>
        Ini.DirectoryError($"Location = {location}").Message.ShouldContain(message);

    [Theory]
    [InlineData("/srv/in//x/", "/srv/in/x")]
    [InlineData("in/x/", "in/x")]
    [InlineData("./in", "in")]
    [InlineData(".", ".")]
    [InlineData("C$/R&D", "C$/R&D")]
    public void A_place_on_a_vessel_may_be_relative_to_the_login_directory(string text, string path) =>
        Ini.Directory($"RemoteLocation = {text}").RemoteLocation.ShouldBe(path);

    [Theory]
    [InlineData("RemoteLocation = ~/in", "leave \"~/\" away")]
    [InlineData("RemoteLocation = ../in", "\"..\"")]
    [InlineData("RemoteLocation = /", "root directory")]
    [InlineData("RemoteLocation = -rf", "option")]
    [InlineData("ProcessedDir = /srv/done", "absolute")]
    [InlineData("ProcessedDir = ../done", "\"..\"")]
    [InlineData("ProcessedDir = ~/done", "not replaced")]
    [InlineData("ProcessedDir = .", "Location itself")]
    [InlineData("ProcessedDir =", "name is missing")]
    [InlineData("Priority = high", "whole number")]
    [InlineData("Include = [a", "does not close it")]
    [InlineData("Exclude = !keep", "reverses nothing")]
    public void Other_values_of_a_directory_are_checked_too(string line, string message) =>
        Ini.DirectoryError("Location = /srv/out\n" + line).Message.ShouldContain(message);

    [Fact]
    public void A_directory_has_all_its_keys()
    {
        DirectorySettings directory = Ini.Directory("ProcessedDir = old/sent/\nSettleTime = 0\nScanInterval = 30s\nPriority = -3\nInclude = *.a, b/**\nExclude = '#*#', *~\n");
        directory.ShouldSatisfyAllConditions(
            one => one.ProcessedDir.ShouldBe("old/sent"), one => one.SettleTime.ShouldBe(TimeSpan.Zero), one => one.ScanInterval.ShouldBe(TimeSpan.FromSeconds(30)), one => one.NamesScanInterval.ShouldBeTrue(),
            one => one.Priority.ShouldBe(-3), one => one.Include.ShouldBe(["*.a", "b/**"]), one => one.Exclude.ShouldBe(["#*#", "*~"]));
    }
}

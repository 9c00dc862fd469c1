using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Tests.Hosting;

public sealed class StatePlaceTests
{
    [Fact]
    public void Under_systemd_it_is_the_state_directory() => Place("/x/settings.ini", null, "/var/lib/cm:/var/lib/other")
        .ShouldBe(new("/var/lib/cm/contentmonster.db", "/var/lib/cm/known_hosts", "/var/lib/cm/contentmonster.db.sock"));

    [Fact]
    public void Else_it_is_beside_the_settings() => Place("/x/settings.ini", null, null).LedgerPath.ShouldBe("/x/contentmonster.db");

    [Fact]
    public void A_command_beside_the_service_finds_the_services_ledger() =>
        Place("/etc/contentmonster/settings.ini", null, null).LedgerPath.ShouldBe("/var/lib/contentmonster/contentmonster.db");

    [Fact]
    public void Database_names_the_ledger_unless_it_is_the_Python_programs()
    {
        using var folder = new TempFolder();
        string python = folder.File("database.sqlite3");
        File.WriteAllBytes(python, [.. "SQLite format 3\0"u8, .. new byte[1000], .. "CREATE TABLE contentmonster_file (id)"u8, .. new byte[5000]]);
        File.WriteAllBytes(folder.File("ours.db"), [.. "SQLite format 3\0"u8, .. new byte[5000]]);

        Place(folder.File("settings.ini"), python, null).LedgerPath.ShouldBe(folder.File("contentmonster.db"));
        Place(folder.File("settings.ini"), folder.File("ours.db"), null).LedgerPath.ShouldBe(folder.File("ours.db"));
        Place(folder.File("settings.ini"), folder.File("none.db"), "/state").LedgerPath.ShouldBe(folder.File("none.db"));

        // A ledger of ours that has recorded a file of that name.
        File.WriteAllBytes(folder.File("recorded.db"), [.. "SQLite format 3\0"u8, .. new byte[52], 1, 2, 3, 4, .. "contentmonster_file"u8, .. new byte[5000]]);
        Place(folder.File("settings.ini"), folder.File("recorded.db"), null).LedgerPath.ShouldBe(folder.File("recorded.db"));
    }

    [Fact]
    public void It_stays_where_it_is_when_the_Python_programs_database_is_removed()
    {
        using var folder = new TempFolder();
        string python = folder.File("database.sqlite3");
        Place(folder.File("settings.ini"), python, null).LedgerPath.ShouldBe(folder.File("contentmonster.db"));
        Place(folder.File("settings.ini"), python, "/state").LedgerPath.ShouldBe("/state/contentmonster.db");
        File.WriteAllBytes(python, [.. "SQLite format 3\0"u8, .. new byte[52], .. "CMon"u8, .. new byte[5000]]);
        Place(folder.File("settings.ini"), python, null).LedgerPath.ShouldBe(python, "a ledger of ours under that name");
        File.WriteAllBytes(python, []);
        Place(folder.File("settings.ini"), python, null).LedgerPath.ShouldBe(folder.File("contentmonster.db"), "emptied");
        File.WriteAllText(python, "damaged");
        Place(folder.File("settings.ini"), python, null).LedgerPath.ShouldBe(folder.File("contentmonster.db"), "damaged");
    }

    [Fact]
    public void A_long_name_of_a_ledger_does_not_make_a_socket_that_cannot_be()
    {
        StatePlace place = Place("/x/settings.ini", "/x/" + new string('n', 200), null);
        Path.GetFileName(place.SocketPath).Length.ShouldBeLessThan(60);
        Path.GetDirectoryName(place.SocketPath).ShouldBe("/x");
    }

    private static StatePlace Place(string settings, string? database, string? state) =>
        StatePlace.Of(new Settings { Path = settings, Database = database }, name => name == "STATE_DIRECTORY" ? state : null);
}

namespace ContentMonster.Ledger;

/// <summary>Puts the settings in force. Only what differs from the settings before costs anything.</summary>
internal static class Declaring
{
    private const string DeclaredVessels = "select name from vessel where declared order by id";

    private const string DeclaredDirectories = "select name from directory where declared order by id";

    private const string DeclareVessel = """
        insert into vessel (name, declared) values (?1, 1) on conflict (name) do update set declared = 1 where not declared
        """;

    private const string DismissVessel = "update vessel set declared = 0 where name = ?1";

    private const string DeclareDirectory = """
        insert into directory (name, priority, declared) values (?1, ?2, 1)
        on conflict (name) do update set declared = 1, priority = excluded.priority where not declared or priority <> excluded.priority
        """;

    private const string DismissDirectory = "update directory set declared = 0 where name = ?1";

    private const string ForgetRefusals = "delete from refusal where directory = (select id from directory where name = ?1)";

    private const string Takers = """
        select d.name, v.name from taker t join directory d on d.id = t.directory join vessel v on v.id = t.vessel
        """;

    private const string AddTaker = """
        insert into taker (directory, vessel)
        select d.id, v.id from directory d, vessel v where d.name = ?1 and v.name = ?2
        """;

    private const string RemoveTaker = """
        delete from taker where directory = (select id from directory where name = ?1) and vessel = (select id from vessel where name = ?2)
        """;

    private const string Reprioritise = """
        update delivery set priority = ?2
        where state < 3 and priority <> ?2 and version in
            (select v.id from version v join directory d on d.id = v.directory where d.name = ?1 and v.state = 0 and v.state <= 2)
        """;

    private const string PriorityOf = "select priority from directory where name = ?1";

    public static Declaration Declare(
        LedgerConnection connection, IReadOnlyList<DeclaredDirectory> directories, IReadOnlyList<string> vessels, DateTimeOffset now)
    {
        HashSet<(string Directory, string Vessel)> wanted = [.. directories.SelectMany(static d => d.Takers, static (d, vessel) => (d.Name, vessel))];
        HashSet<(string Directory, string Vessel)> before = [.. connection.Rows(Takers, static row => (row.GetString(0), row.GetString(1)))];
        List<string> vesselsBefore = connection.Rows(DeclaredVessels, static row => row.GetString(0));
        List<string> directoriesBefore = connection.Rows(DeclaredDirectories, static row => row.GetString(0));

        DeclareNames(connection, directories, vessels);
        List<string> goneDirectories = [.. directoriesBefore.Except(directories.Select(static d => d.Name), StringComparer.Ordinal)];
        List<string> goneVessels = [.. vesselsBefore.Except(vessels, StringComparer.Ordinal)];

        // Directories first: what lies in them is not counted again with the vessels.
        var removedDirectories = goneDirectories.ConvertAll(name => (name, CloseDirectory(connection, name, now)));
        var withdrawn = before.Except(wanted).Select(pair => (pair.Directory, pair.Vessel, Sum: RemovePair(connection, pair))).ToList();
        var added = wanted.Except(before).Select(pair => (pair.Directory, pair.Vessel, Sum: AddPair(connection, pair))).ToList();
        goneVessels.ForEach(name => connection.Execute(DismissVessel, name));
        Holding.ForgetAllBut(connection, directories);

        return new Declaration(
            goneVessels.ConvertAll(name => Total(name, withdrawn)),
            removedDirectories,
            [.. withdrawn.Where(one => !goneVessels.Contains(one.Vessel) && !goneDirectories.Contains(one.Directory))
                .Select(static one => (one.Vessel, one.Directory, one.Sum.Files))],
            [.. added.Select(static one => one.Vessel).Distinct(StringComparer.Ordinal).Select(name => Total(name, added)).Where(static one => one.Files > 0)]);
    }

    private static void DeclareNames(LedgerConnection connection, IReadOnlyList<DeclaredDirectory> directories, IReadOnlyList<string> vessels)
    {
        foreach (string vessel in vessels)
        {
            connection.Execute(DeclareVessel, vessel);
        }

        foreach (DeclaredDirectory directory in directories)
        {
            long? before = connection.Number(PriorityOf, directory.Name);
            connection.Execute(DeclareDirectory, directory.Name, directory.Priority);
            if (before is not null && before != directory.Priority)
            {
                connection.Execute(Reprioritise, directory.Name, directory.Priority);
            }
        }
    }

    private static long CloseDirectory(LedgerConnection connection, string name, DateTimeOffset now)
    {
        long live = Discharging.Close(connection, Names.NeedDirectory(connection, name), now);
        connection.Execute(ForgetRefusals, name);
        connection.Execute(DismissDirectory, name);
        return live;
    }

    private static (long Files, long Bytes) RemovePair(LedgerConnection connection, (string Directory, string Vessel) pair)
    {
        connection.Execute(RemoveTaker, pair.Directory, pair.Vessel);
        return Names.Directory(connection, pair.Directory) is { } directory
            ? Discharging.Discharge(connection, directory, Names.NeedVessel(connection, pair.Vessel))
            : default;
    }

    private static (long Files, long Bytes) AddPair(LedgerConnection connection, (string Directory, string Vessel) pair)
    {
        if (connection.Execute(AddTaker, pair.Directory, pair.Vessel) == 0)
        {
            throw new LedgerStateException($"Could not declare vessel {pair.Vessel} for directory {pair.Directory}, because it is not among the vessels.");
        }

        return Enlisting.Enlist(connection, Names.NeedDirectory(connection, pair.Directory), Names.NeedVessel(connection, pair.Vessel));
    }

    private static (string Name, long Files, long Bytes) Total(string vessel, List<(string Directory, string Vessel, (long Files, long Bytes) Sum)> sums) =>
        (vessel, sums.Where(one => one.Vessel == vessel).Sum(static one => one.Sum.Files),
            (long)Math.Min(long.MaxValue, sums.Where(one => one.Vessel == vessel).Sum(static one => (decimal)one.Sum.Bytes)));
}

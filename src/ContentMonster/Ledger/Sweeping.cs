using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Unfinished files on vessels that nobody needs any more.</summary>
internal static class Sweeping
{
    // Whether its name is ID.part, as only in a TempDir: everywhere else something stands before the id.
    private const string IsLeftBehind = "substr(part, -38, 1) = x'2f'";
    private const string Oldest = "select part from litter where vessel = ?1 and not " + IsLeftBehind + " order by id limit ?2";

    // What goes on under the same id may be in the very folder, by another name.
    private const string OldestLeftBehind = "select part from litter where vessel = ?1 and " + IsLeftBehind + """
         and substr(part, -37, 32) not in (select substr(part, -37, 32) from delivery where vessel = ?1 and state in (1, 2) and part is not null)
        order by id limit ?2
        """;

    private const string Add = "insert or ignore into litter (vessel, part) values (?1, ?2)";
    private const string Remove = "delete from litter where vessel = ?1 and part = ?2";

    private const string Folder = "select temp_folder from vessel where name = ?1";
    private const string SetFolder = "update vessel set temp_folder = ?2 where id = ?1";
    private const string BegunOrLeft = """
        select part from delivery where vessel = ?1 and state in (1, 2) and part is not null union select part from litter where vessel = ?1
        """;

    public static BytePath? TempFolder(LedgerConnection connection, string vessel) => connection.First(Folder, static row => Columns.MaybePath(row, 0), vessel);

    public static void SetTempFolder(LedgerConnection connection, string vessel, BytePath? folder)
    {
        BytePath? former = TempFolder(connection, vessel);
        long id = Names.NeedVessel(connection, vessel);
        if (former is BytePath old && former != folder)
        {
            foreach (string part in connection.Rows(BegunOrLeft, static row => PartName.IdOf(Columns.Path(row, 0)), id).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                Littered(connection, id, PartName.InTempDir(old, part));
            }
        }

        connection.Execute(SetFolder, id, folder?.Bytes);
    }

    public static IReadOnlyList<BytePath> Litter(LedgerConnection connection, string vessel, int count) => Parts(connection, Oldest, vessel, count);

    public static IReadOnlyList<BytePath> LeftBehind(LedgerConnection connection, string vessel, int count) => Parts(connection, OldestLeftBehind, vessel, count);

    public static void Littered(LedgerConnection connection, string vessel, BytePath part) =>
        Littered(connection, Names.NeedVessel(connection, vessel), part);

    public static void Littered(LedgerConnection connection, long vesselId, BytePath part) => connection.Execute(Add, vesselId, part.Bytes);

    private static List<BytePath> Parts(LedgerConnection connection, string which, string vessel, int count) =>
        Names.Vessel(connection, vessel) is { } id ? connection.Rows(which, static row => Columns.Path(row, 0), id, count) : [];

    public static void Swept(LedgerConnection connection, string vessel, IReadOnlyList<BytePath> parts)
    {
        long id = Names.NeedVessel(connection, vessel);
        foreach (BytePath part in parts)
        {
            connection.Execute(Remove, id, part.Bytes);
        }
    }
}

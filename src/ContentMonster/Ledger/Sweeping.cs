using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Unfinished files on vessels that nobody needs any more.</summary>
internal static class Sweeping
{
    // The second says whether its name is ID.part, as only in a TempDir: everywhere else something stands before the id.
    private const string Oldest = "select part from litter where vessel = ?1 and (substr(part, -38, 1) = x'2f') = ?3 order by id limit ?2";
    private const string Add = "insert or ignore into litter (vessel, part) values (?1, ?2)";
    private const string Remove = "delete from litter where vessel = ?1 and part = ?2";

    private const string Folder = "select temp_folder from vessel where name = ?1";
    private const string SetFolder = "update vessel set temp_folder = ?2 where id = ?1";
    private const string Begun = "select part from delivery where vessel = ?1 and state in (1, 2) and part is not null";
    private const string BegunOrLeft = Begun + " union select part from litter where vessel = ?1";

    public static BytePath? TempFolder(LedgerConnection connection, string vessel) => connection.First(Folder, static row => Columns.MaybePath(row, 0), vessel);

    public static void SetTempFolder(LedgerConnection connection, string vessel, BytePath? folder)
    {
        BytePath? former = TempFolder(connection, vessel);
        long id = Names.NeedVessel(connection, vessel);
        if (former is BytePath old && former != folder)
        {
            foreach (BytePath there in InFolder(connection, BegunOrLeft, id, old))
            {
                Littered(connection, id, there);
            }
        }

        if (folder is BytePath now)
        {
            // Back where it was before anything was swept: what goes on there is no litter.
            foreach (BytePath there in InFolder(connection, Begun, id, now))
            {
                connection.Execute(Remove, id, there.Bytes);
            }
        }

        connection.Execute(SetFolder, id, folder?.Bytes);
    }

    public static IReadOnlyList<BytePath> Litter(LedgerConnection connection, string vessel, int count, bool leftBehind) =>
        Names.Vessel(connection, vessel) is { } id ? connection.Rows(Oldest, static row => Columns.Path(row, 0), id, count, leftBehind ? 1 : 0) : [];

    public static void Littered(LedgerConnection connection, string vessel, BytePath part) =>
        Littered(connection, Names.NeedVessel(connection, vessel), part);

    public static void Littered(LedgerConnection connection, long vesselId, BytePath part) => connection.Execute(Add, vesselId, part.Bytes);

    private static List<BytePath> InFolder(LedgerConnection connection, string parts, long vesselId, BytePath folder) =>
        [.. connection.Rows(parts, static row => PartName.IdOf(Columns.Path(row, 0)), vesselId).OfType<string>().Distinct(StringComparer.Ordinal).Select(one => PartName.InTempDir(folder, one))];

    public static void Swept(LedgerConnection connection, string vessel, IReadOnlyList<BytePath> parts)
    {
        long id = Names.NeedVessel(connection, vessel);
        foreach (BytePath part in parts)
        {
            connection.Execute(Remove, id, part.Bytes);
        }
    }
}

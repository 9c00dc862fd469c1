using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Unfinished files on vessels that nobody needs any more.</summary>
internal static class Sweeping
{
    private const string Oldest = "select part from litter where vessel = ?1 order by id limit ?2";
    private const string Add = "insert or ignore into litter (vessel, part) values (?1, ?2)";
    private const string Remove = "delete from litter where vessel = ?1 and part = ?2";

    public static IReadOnlyList<BytePath> Litter(LedgerConnection connection, string vessel, int count) =>
        Names.Vessel(connection, vessel) is { } id ? connection.Rows(Oldest, static row => Columns.Path(row, 0), id, count) : [];

    public static void Littered(LedgerConnection connection, string vessel, BytePath part) =>
        Littered(connection, Names.NeedVessel(connection, vessel), part);

    public static void Littered(LedgerConnection connection, long vesselId, BytePath part) => connection.Execute(Add, vesselId, part.Bytes);

    public static void Swept(LedgerConnection connection, string vessel, IReadOnlyList<BytePath> parts)
    {
        long id = Names.NeedVessel(connection, vessel);
        foreach (BytePath part in parts)
        {
            connection.Execute(Remove, id, part.Bytes);
        }
    }
}

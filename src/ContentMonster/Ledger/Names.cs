namespace ContentMonster.Ledger;

/// <summary>Names of the settings to the ledger's numbers. A name that was never declared has none.</summary>
internal static class Names
{
    private const string OfVessel = "select id from vessel where name = ?1";
    private const string OfDirectory = "select id from directory where name = ?1";
    private const string OfDeclaredDirectory = "select id from directory where name = ?1 and declared";

    public static long? Vessel(LedgerConnection connection, string name) => connection.Number(OfVessel, name);

    public static long? Directory(LedgerConnection connection, string name) => connection.Number(OfDirectory, name);

    public static long NeedVessel(LedgerConnection connection, string name) =>
        Vessel(connection, name) ?? throw new LedgerStateException($"Could not book anything for vessel {name}, because it was never declared.");

    public static long NeedDirectory(LedgerConnection connection, string name) =>
        connection.Number(OfDeclaredDirectory, name) ?? throw new LedgerStateException($"Could not book anything in directory {name}, because it is not declared.");
}

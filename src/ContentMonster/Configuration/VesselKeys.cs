using System.Globalization;

namespace ContentMonster.Configuration;

/// <summary>The keys of [Vessel NAME].</summary>
internal static class VesselKeys
{
    private const long SlowestLimit = 1 << 10;
    private const int MostKeyBytes = 64 << 10;

    public static IReadOnlyList<KnownKey<VesselSettings>> All { get; } =
    [
        new("Address", KnownKey.Required, (vessel, value) => vessel with { Address = HostRules.Host(value.Text) }),
        new("TempDir", "beside the destination", (vessel, value) => vessel with { TempDir = PathRules.TempDir(value.Text) }),
        new("Username", "ssh's own", (vessel, value) => vessel with { Username = HostRules.User(value.Text) }),
        new("Password", "none", (vessel, value) => vessel with { Password = SecretRules.Inline(value.Text) }, KeyKind.Secret),
        new("PasswordFile", "none", PasswordFile),
        new("Passphrase", "the Password", (vessel, value) => vessel with { Passphrase = SecretRules.Inline(value.Text) }, KeyKind.Secret),
        new("Port", "ssh's own (22)", (vessel, value) => vessel with { Port = value.Whole(1, 65535) }),
        new("Timeout", "10s", (vessel, value) => vessel with { Timeout = value.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), "1s to 10m") }),
        new("IgnoreDirs", "none", (vessel, value) => vessel with { IgnoreDirs = value.Items }, KeyKind.List),
        new("IdentityFile", "ssh's own", (vessel, value) => vessel with { IdentityFile = IdentityFile(value) }),
        new("KnownHosts", "known_hosts beside the ledger", (vessel, value) => vessel with { KnownHosts = SshFile(value, "the known_hosts file", "host keys can be kept in", mostUntold: 0) }),
        new("HostKeyPolicy", "accept-new", (vessel, value) => vessel with { HostKeyPolicy = Policy(value) }),
        new("Connections", "auto", (vessel, value) => vessel with { Connections = Connections(value) }),
        new("CongestionControl", "auto", (vessel, value) => vessel with { CongestionControl = HostRules.CongestionControl(value.Text) }),
        new("BandwidthLimit", "none", (vessel, value) => vessel with { BandwidthLimit = Limit(value) }),
        new("Compression", "no", (vessel, value) => vessel with { Compression = value.YesOrNo() }),
        new("ProxyJump", "ssh's own", (vessel, value) => vessel with { ProxyJump = HostRules.ProxyJump(value.Text) }),
        new("SshOptions", "none", (vessel, value) => vessel with { SshOptions = [.. value.Items.Select(HostRules.SshOption)] }, KeyKind.List),
        new("Verify", "auto", (vessel, value) => vessel with { Verify = value.OneOf(("auto", VerifyPolicy.Auto), ("readback", VerifyPolicy.Readback), ("size", VerifyPolicy.Size)) }),
        new("Assembly", "inplace", (vessel, value) => vessel with { Assembly = value.OneOf(("inplace", AssemblyWay.InPlace), ("cat", AssemblyWay.Cat)) }),
    ];

    private static VesselSettings PasswordFile(VesselSettings vessel, KeyValue value)
    {
        vessel = vessel with { PasswordFile = SecretRules.PathOf(value.Text, value.Place) };
        if (value.Place.Secrets == SecretReading.None)
        {
            return vessel;
        }

        try
        {
            return vessel with { Password = SecretRules.FromFile(vessel.PasswordFile) };
        }
        catch (BadValueException bad) when (value.Place.Secrets == SecretReading.WherePossible)
        {
            return vessel with { SecretTrouble = bad.Message };
        }
    }

    // A pipe that gives the key at each reading is fine.
    private static string IdentityFile(KeyValue value)
    {
        string path = SshFile(value, "the key file", "holds the key", MostKeyBytes);
        if (!File.Exists(path))
        {
            value.Warn($"The key file \"{path}\" does not exist, or its folder may not be looked into.");
        }

        return path;
    }

    // ssh reads a file without an end until the memory is full, and waits for a silent one at each attempt.
    private static string SshFile(KeyValue value, string what, string purpose, int mostUntold)
    {
        string path = HostRules.File(value.Text, value.Place);
        string? why = Directory.Exists(path) ? "it is a directory" : PatientFile.Untold(path, mostUntold + 1) switch
        {
            null => PatientFile.Silence,
            { Length: int length } when length > mostUntold => "it is no regular file",
            _ => null,
        };
        return why is null ? path : throw new BadValueException($"Could not use {what} \"{path}\", because {why}. Name a file that {purpose}.");
    }

    private static HostKeyPolicy Policy(KeyValue value) => value.Text.ToUpperInvariant() is "NO" or "OFF"
        ? throw new BadValueException("Host keys are always checked: a password would else be sent to whoever answers. Use accept-new (the first key is pinned) or strict.")
        : value.OneOf(("accept-new", HostKeyPolicy.AcceptNew), ("strict", HostKeyPolicy.Strict));

    private static int? Connections(KeyValue value) =>
        value.Text.Equals("auto", StringComparison.OrdinalIgnoreCase) ? null
            : int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int lanes) && lanes is >= 1 and <= 64 ? lanes
            : throw new BadValueException($"\"{value.Text}\" is neither auto nor a whole number from 1 to 64.");

    private static long? Limit(KeyValue value)
    {
        if (value.Text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        long limit = Quantity.BytesPerSecond(value.Text);
        return limit >= SlowestLimit ? limit : throw new BadValueException($"\"{value.Text}\" is less than 1k (a KiB per second). Write none for no limit.");
    }
}

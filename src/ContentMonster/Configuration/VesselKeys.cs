namespace ContentMonster.Configuration;

/// <summary>The keys of [Vessel NAME].</summary>
internal static class VesselKeys
{
    private const long SlowestLimit = 1 << 10;

    public static IReadOnlyList<KnownKey<VesselSettings>> All { get; } =
    [
        new("Address", KnownKey.Required, (vessel, value) => vessel with { Address = HostRules.Host(value.Text) }),
        new("TempDir", "beside the destination", (vessel, value) => vessel with { TempDir = PathRules.TempDir(value.Text) }),
        new("Username", "ssh's own", (vessel, value) => vessel with { Username = HostRules.User(value.Text) }),
        new("Password", "none", (vessel, value) => vessel with { Password = SecretRules.Inline(value.Text) }, KeyKind.Secret),
        new("PasswordFile", "none", (vessel, value) => vessel with { Password = SecretRules.FromFile(value) }),
        new("Passphrase", "none", (vessel, value) => vessel with { Passphrase = SecretRules.Inline(value.Text) }, KeyKind.Secret),
        new("Port", "ssh's own (22)", (vessel, value) => vessel with { Port = value.Whole(1, 65535) }),
        new("Timeout", "10s", (vessel, value) => vessel with { Timeout = value.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), "1s to 10m") }),
        new("IgnoreDirs", "none", (vessel, value) => vessel with { IgnoreDirs = value.Items }, KeyKind.List),
        new("IdentityFile", "ssh's own", (vessel, value) => vessel with { IdentityFile = IdentityFile(value) }),
        new("KnownHosts", "known_hosts in the state directory", (vessel, value) => vessel with { KnownHosts = HostRules.File(value.Text, value.Place) }),
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

    private static string IdentityFile(KeyValue value)
    {
        string path = HostRules.File(value.Text, value.Place);
        if (!File.Exists(path))
        {
            value.Warn($"The key file \"{path}\" does not exist, or its folder may not be looked into.");
        }
        else if (IsSilent(path))
        {
            // ssh would wait for it at each attempt.
            throw new BadValueException($"Could not read the key file \"{path}\", because {PatientFile.Silence}. Name a file that holds the key.");
        }

        return path;
    }

    private static bool IsSilent(string path)
    {
        try
        {
            return PatientFile.Read(path, 1) is null;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // What ssh makes of it, ssh says.
            return false;
        }
    }

    private static HostKeyPolicy Policy(KeyValue value) => value.Text.ToUpperInvariant() is "NO" or "OFF"
        ? throw new BadValueException("Host keys are always checked: a password would else be sent to whoever answers. Use accept-new (the first key is pinned) or strict.")
        : value.OneOf(("accept-new", HostKeyPolicy.AcceptNew), ("strict", HostKeyPolicy.Strict));

    private static int? Connections(KeyValue value) =>
        value.Text.Equals("auto", StringComparison.OrdinalIgnoreCase) ? null : value.Whole(1, 64);

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

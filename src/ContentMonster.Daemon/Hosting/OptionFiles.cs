using ContentMonster.Configuration;

namespace ContentMonster.Daemon.Hosting;

/// <summary>Files that a vessel's SshOptions name and without which ssh does not log in.</summary>
internal static class OptionFiles
{
    /// <summary>By its old name: under its present one a key has a setting of its own.</summary>
    private const string OldIdentityFile = "IdentityFile2";

    // Those that the rules for SshOptions let through. Other options that name files have a setting of their own, are refused (HostRules), or name sockets.
    private static readonly string[] Names = ["CertificateFile", "RevokedHostKeys", OldIdentityFile];

    /// <summary>Full paths, with whether it is a key, beside which ssh looks for more. Names with tokens (%h) or another user's home are left out: ssh alone can tell them.</summary>
    public static IEnumerable<(string File, bool IsKey)> Of(VesselSettings vessel)
    {
        foreach (string option in vessel.SshOptions)
        {
            string[] parts = option.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is [_, not ""] && Names.Contains(parts[0], StringComparer.OrdinalIgnoreCase) && Full(parts[1]) is { } file)
            {
                yield return (file, parts[0].Equals(OldIdentityFile, StringComparison.OrdinalIgnoreCase));
            }
        }
    }

    // ssh is started in our own working directory, so relative names are relative to that.
    private static string? Full(string value)
    {
        value = value is ['"', _, .., '"'] ? value[1..^1] : value;
        string written = value.Replace("%%", "", StringComparison.Ordinal);
        bool cannotBeTold = written.Contains('%', StringComparison.Ordinal) || written.Contains("${", StringComparison.Ordinal) || (value[0] == '~' && !value.StartsWith("~/", StringComparison.Ordinal));
        if (cannotBeTold || value.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string plain = value.Replace("%%", "%", StringComparison.Ordinal);
        return Path.GetFullPath(plain.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, plain[2..].TrimStart('/')) : plain);
    }
}

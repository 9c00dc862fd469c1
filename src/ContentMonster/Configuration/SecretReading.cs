namespace ContentMonster.Configuration;

/// <summary>What becomes of files with passwords when the settings are read.</summary>
internal enum SecretReading
{
    /// <summary>A password that cannot be read is an error.</summary>
    Needed,

    /// <summary>It is told with its vessel: the others can do without.</summary>
    WherePossible,

    /// <summary>They are not even looked at: under systemd only the service may read them.</summary>
    None,
}

namespace ContentMonster.Vessels;

/// <summary>What earlier connections to a vessel taught, for the next one; as long as the daemon runs.</summary>
internal sealed class VesselMemory
{
    private volatile bool _loginWorks;
    private volatile bool _oneAtATime;
    private volatile bool _unpacks = true;

    /// <summary>Whether the last login was let in.</summary>
    public bool LoginWorks
    {
        get => _loginWorks;
        set => _loginWorks = value;
    }

    /// <summary>Whether the vessel takes one new connection at a time (MaxStartups 1): of two that came side by side only one came up.</summary>
    public bool OneAtATime
    {
        get => _oneAtATime;
        set => _oneAtATime = value;
    }

    /// <summary>Whether it could unpack archives when it was last looked at; taken for granted before.</summary>
    public bool Unpacks
    {
        get => _unpacks;
        set => _unpacks = value;
    }

    /// <summary>
    /// Whether two logins may be tried at once. With a password that may be wrong they are two failed logins an attempt, and many vessels lock an
    /// account after a few.
    /// </summary>
    public bool MayDialSideBySide(bool byPassword) => !OneAtATime && (LoginWorks || !byPassword);
}

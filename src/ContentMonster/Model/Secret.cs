namespace ContentMonster.Model;

/// <summary>A password or passphrase: shown nowhere, taken out by name only.</summary>
public sealed class Secret(string value)
{
    /// <summary>The secret itself, for ssh's askpass and nothing else.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}

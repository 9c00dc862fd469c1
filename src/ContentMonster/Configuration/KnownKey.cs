namespace ContentMonster.Configuration;

/// <summary>A key that the settings know.</summary>
/// <param name="Name">As it should be written.</param>
/// <param name="Default">As it would be written, or in words where it cannot be.</param>
internal abstract record KnownKey(string Name, string Default, KeyKind Kind)
{
    /// <summary>Stands in <see cref="Default"/> of a key without which its section is no use.</summary>
    public const string Required = "required";
}

/// <param name="Apply">Puts the value into the record; throws <see cref="BadValueException"/>.</param>
internal sealed record KnownKey<T>(string Name, string Default, Func<T, KeyValue, T> Apply, KeyKind Kind = KeyKind.Single) : KnownKey(Name, Default, Kind);

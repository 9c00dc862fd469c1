namespace ContentMonster.Configuration;

/// <summary>How a key's value is taken out of its line; see <see cref="IniValue"/>.</summary>
internal enum KeyKind { Single, List, Secret }

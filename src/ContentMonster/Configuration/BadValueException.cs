namespace ContentMonster.Configuration;

/// <summary>A value that cannot be used; the message says why and what to write. It becomes a <see cref="SettingsProblem"/> where the line is known.</summary>
internal sealed class BadValueException(string message) : Exception(message);

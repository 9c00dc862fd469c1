namespace ContentMonster.Configuration;

/// <summary>What reading the settings came to.</summary>
/// <param name="Settings">Null exactly when there are errors.</param>
/// <param name="Errors">Every one, in the order of lines.</param>
/// <param name="Warnings">Every one, in the order of lines.</param>
public sealed record SettingsResult(Settings? Settings, IReadOnlyList<SettingsProblem> Errors, IReadOnlyList<SettingsProblem> Warnings);

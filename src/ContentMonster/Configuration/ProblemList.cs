namespace ContentMonster.Configuration;

/// <summary>Collects what is wrong, so that an operator sees all of it at once.</summary>
internal sealed class ProblemList(string file)
{
    /// <summary>More than anybody reads: a file that is no settings file at all would otherwise fill the journal.</summary>
    private const int Most = 200;

    private readonly List<SettingsProblem> _errors = [];
    private readonly List<SettingsProblem> _warnings = [];

    public bool AnyErrors => _errors.Count > 0;

    public bool Full => _errors.Count >= Most;

    public IReadOnlyList<SettingsProblem> Errors => InOrder(_errors);

    public IReadOnlyList<SettingsProblem> Warnings => InOrder(_warnings);

    public void Error(int line, string? section, string? key, string message) => Add(_errors, new(file, line, section, key, message));

    public void Warn(int line, string? section, string? key, string message) => Add(_warnings, new(file, line, section, key, message));

    private static void Add(List<SettingsProblem> list, SettingsProblem problem)
    {
        if (list.Count < Most)
        {
            list.Add(problem);
        }
        else if (list.Count == Most)
        {
            list.Add(problem with { Line = 0, Section = null, Key = null, Message = "There is more, which is not shown. Mend the above first." });
        }
    }

    private static List<SettingsProblem> InOrder(List<SettingsProblem> list) => [.. list.OrderBy(problem => problem.Line == 0 ? int.MaxValue : problem.Line)];
}

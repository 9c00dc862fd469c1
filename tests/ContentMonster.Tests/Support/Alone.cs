namespace ContentMonster.Tests.Support;

/// <summary>Tests that change something of the whole machine or process: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

namespace ContentMonster.Configuration;

/// <summary>How chunks become a file on the vessel.</summary>
public enum AssemblyWay { InPlace, Cat }

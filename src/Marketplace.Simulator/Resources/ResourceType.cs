namespace Marketplace.Simulator.Resources;

/// <summary>One served resource: its names on the wire and what the server does with it.</summary>
internal sealed record ResourceType(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    public string[] ShortNames { get; init; } = [];
    public string[] Categories { get; init; } = [];

    /// <summary>Has a /status subresource: the main endpoint then leaves status alone, and the other way round.</summary>
    public bool HasStatus { get; init; }

    public bool HasScale { get; init; }

    /// <summary>metadata.generation counts changes of the specification.</summary>
    public bool CountsGeneration { get; init; }

    /// <summary>Reviews and token requests: answered, never stored.</summary>
    public bool CreateOnly { get; init; }

    /// <summary>Kept in memory only (heartbeats); everything else is written ahead.</summary>
    public bool Volatile { get; init; }

    public string Singular { get; } = Kind.ToLowerInvariant();
    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>"pods" or "deployments.apps": how messages name the resource.</summary>
    public string Qualified { get; } = Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public override string ToString() => Qualified;
}

namespace Marketplace.Web.Components.Shared.Page;

/// <summary>One step of the path in the bar. The last one, the page itself, has no address.</summary>
public sealed record Crumb(string Label, string? Href = null);

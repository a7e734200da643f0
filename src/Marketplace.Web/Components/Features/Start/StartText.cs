namespace Marketplace.Web.Components.Features.Start;

/// <summary>Names the resources of the start page.</summary>
public sealed class StartText;

namespace Marketplace.Web.Components.Shared;

/// <summary>Names the resources of the shared components: SharedText.resx and SharedText.zh-Hans.resx.</summary>
public sealed class SharedText;

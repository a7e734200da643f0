namespace Marketplace.Web.Components.Layout;

/// <summary>Names the resources of the shell: LayoutText.resx and LayoutText.zh-Hans.resx.</summary>
public sealed class LayoutText;

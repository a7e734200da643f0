namespace Marketplace.Web.Localization;

/// <summary>
/// Names the resources that translate what modules answer. Modules speak English; a title, message or fix is looked up by its own words and
/// stays English where the file has none.
/// </summary>
public sealed class ProblemText;

namespace Marketplace.Web.Components.Features.Customers.Words;

/// <summary>The words several customer pages share: states, products, and the sentences of an explanation.</summary>
public sealed class WordsText;

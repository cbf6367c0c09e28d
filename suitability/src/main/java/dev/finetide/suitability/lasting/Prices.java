package dev.finetide.suitability.lasting;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds prices: amounts of money near a word such as "costs" or "a month". Where the question has an amount, the
/// answer is reckoned from it and no price that passes.
final class Prices {
    private static final String NUMBER = "\\d{1,12}(?:[.,]\\d{1,3}){0,4}";
    private static final Pattern AMOUNT = Pattern.compile("[$€£¥₹₽₩] ?" + NUMBER + "|(?<![\\d.,])" + NUMBER
            + " ?(?:[€£¥₹$₽₩]|(?:usd|eur|gbp|chf|inr|euros?|dollars?|pounds?|francs|franken|dólares|reais|рублей|руб|دولار|دولارا|ريال|جنيه|درهم|रुपये|रुपए)(?!\\p{L})"
            + "|[円元원₽₩])"
            + "|(?<!\\p{L})(?:usd|eur|gbp|chf|inr) ?" + NUMBER);
    private static final List<String> MONEY = List.of(
            "$", "€", "£", "¥", "₹", "usd", "eur", "gbp", "chf", "inr", "dollar", "pound", "franc", "franken",
            "dólares", "reais", "руб", "₽", "₩", "円", "元", "원", "دولار", "ريال", "جنيه", "درهم", "रुपये", "रुपए");
    private static final Pattern CUE =
            Pattern.compile("(?<!\\p{L})(?:costs?|priced?|prices|pricing|fees?|fares?|per month|a month"
                    + "|monthly|per year|a year|annually|per night|a night|per person|tickets?|subscription|charges?|starting at"
                    + "|starts at|available for|sells for|on sale|discount|/month|/mo|/year"
                    + "|kostet|kosten|preis|preise|gebühr|gebühren|monatlich|pro monat|pro nacht|jährlich|eintritt"
                    + "|coûte|coûtent|prix|tarif|tarifs|par mois|par an|par nuit|frais|billet"
                    + "|cuesta|cuestan|precio|precios|tarifa|tarifas|al mes|por mes|al año|por noche|entrada"
                    + "|per hour|an hour|per day|a day|wage|rent|custa|custam|preço|preços|por mês|taxa"
                    + "|costa|costano|prezzo|prezzi|al mese|tariffa|kost|prijs|per maand"
                    + "|стоит|стоят|стоимость|цена|цены|в месяц|سعر|السعر|التكلفة|شهريا|شهرياً|قيمة|कीमत|मूल्य|शुल्क|प्रति माह)"
                    + "(?![\\p{L}\\p{M}])|価格|料金|値段|月額|費用|价格|售价|费用|每月|票价|價格|가격|요금|비용");
    /// Largest distance in characters of an amount and its word.
    private static final int NEAR = 60;

    private Prices() {}

    static boolean areIn(AskedAnswer row) {
        String answer = row.answer();
        if (!row.hasDigits() || !row.hasAny(MONEY)) {
            return false;
        }
        Matcher amount = AMOUNT.matcher(answer);
        if (!amount.find() || AMOUNT.matcher(row.question()).find()) {
            return false;
        }
        do {
            int from = Math.max(0, amount.start() - NEAR);
            int to = Math.min(answer.length(), amount.end() + NEAR);
            if (CUE.matcher(answer).region(from, to).useTransparentBounds(true).find()) {
                return true;
            }
        } while (amount.find());
        return false;
    }
}

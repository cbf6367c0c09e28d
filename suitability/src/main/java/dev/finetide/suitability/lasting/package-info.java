/// Says whether answers stay true: dates, prices, words of the present, versions of products, holders of offices.
package dev.finetide.suitability.lasting;
